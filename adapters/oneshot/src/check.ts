import { readFileSync } from "node:fs";
import { compileSchema, type Problem, type Validate } from "@sallyport/manifest";
import { planOf, type Plan } from "./plan.js";
import type { Settings } from "./settings.js";

/** The settings' JSON Schema, as published with this package. */
const schema = JSON.parse(readFileSync(new URL("../schema/oneshot.schema.json", import.meta.url), "utf8")) as Readonly<Record<string, unknown>>;

const checkSchema = compileSchema(schema);

/** What is wrong with `modes.oneshot` of a manifest. */
export const checkSettings: Validate = (value) => {
  const problems = checkSchema(value);
  return problems.length > 0 ? problems : readPlans(value as Settings).problems;
};

/** Settings that the schema has passed, by method. */
export function readPlans({ methods, env }: Settings): { readonly plans: readonly Plan[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const plans = Object.entries(methods).map(([method, settings]) => {
    const own: Problem[] = [];
    const plan = planOf(method, settings, own);
    // With variables it is `env` that starts the program, and takes what has this sign for another variable.
    if (env !== undefined && plan.program.includes("=")) own.push({ pointer: "/run/0", expected: "a program without = in its path", got: JSON.stringify(plan.program) });
    for (const problem of own) problems.push({ ...problem, pointer: `/methods/${method}${problem.pointer}` });
    return plan;
  });
  return { plans, problems };
}
