import { readFileSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import type { JsonSchema } from "@sallyport/kernel";
import { compileSchema, type Problem } from "@sallyport/manifest";
import type { HostConfig } from "./types.js";

const SCHEMA_FILE = new URL("../../schema/sallyport.schema.json", import.meta.url);

/** What is wrong with a config: first what the schema says, then what no schema can say. */
export function configProblems(value: unknown): readonly Problem[] {
  const problems = compileSchema(JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as JsonSchema)(value);
  return problems.length > 0 ? problems : [...trustProblems(value as HostConfig), ...secretProblems(value as HostConfig)];
}

/** Code without any boundary runs only when somebody wrote down that it is trusted. */
function trustProblems(config: HostConfig): Problem[] {
  return Object.entries(config.plugins).flatMap(([name, plugin]) =>
    typeof plugin === "object" && plugin.mode === "inline" && plugin.trust !== "trusted"
      ? [{ pointer: `/plugins/${name}/mode`, expected: `"trust": "trusted" beside mode "inline", which puts no boundary around the plugin`, got: plugin.trust === undefined ? "no trust" : `trust "${plugin.trust}"` }]
      : [],
  );
}

const SOURCES = ["file", "env", "command"];

/** A secret has one source. */
function secretProblems(config: HostConfig): Problem[] {
  return Object.entries(config.secrets ?? {}).flatMap(([name, source]) => {
    const named = SOURCES.filter((each) => Object.hasOwn(source, each));
    return named.length === 1 ? [] : [{ pointer: `/secrets/${name}`, expected: "one of the fields file, env, command", got: named.length === 0 ? "none" : named.join(" and ") }];
  });
}

/** A config object's problems, a line each; there is no file to point into. */
export function assertConfig(value: unknown): asserts value is HostConfig {
  const problems = configProblems(value);
  if (problems.length === 0) return;
  const field = (pointer: string): string => (pointer === "" ? "config" : pointer.slice(1).replaceAll("/", "."));
  throw new SallyportError("invalid_argument", problems.map((p) => `${field(p.pointer)}: expected ${p.expected}, got ${p.got}`).join("\n"), {
    help: "Correct the field of the config that the message names.",
    path: field(problems[0]?.pointer ?? ""),
  });
}
