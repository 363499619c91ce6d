import { parseArgs } from "node:util";
import { CONTENDERS, entryOf, REFERENCES, type Entry } from "./contenders.js";
import { PLANS, type PlanName } from "./plan.js";

export interface Options {
  readonly entries: readonly Entry[];
  /** As given to --only. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly rounds: number;
  readonly json: boolean;
  readonly save: boolean;
  /** Measure this contender in this process, and nothing else. */
  readonly contender: Entry | undefined;
  readonly plan: PlanName;
}

export const USAGE = `npm run bench:peers -- [--only A,B] [--quick] [--rounds N] [--json] [--save]
  --only       of ${CONTENDERS.map(({ name }) => name).join(", ")}; ${REFERENCES.join(" and ")} always run
  --quick      fewer and shorter samples
  --rounds     each in fresh processes, the order reversed every other time; default 2
  --json       one JSON document on stdout instead of the table
  --save       write bench/peers/results.json
  --contender  measure this one alone, in this process: for profilers
  --plan       with --contender: ${Object.keys(PLANS).join(", ")}`;

/** Throws an Error whose message is for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      rounds: { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
      contender: { type: "string" },
      plan: { type: "string", default: "full" },
    },
  });
  const { quick, json, save, contender, plan } = values;
  const only = values.only?.split(",").map((name) => entryOf(name.trim()).name) ?? [];
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1, not '${values.rounds}'.`);
  if (save && (quick || only.length > 0)) throw new Error("--save keeps whole runs: leave out --quick and --only.");
  if (!isPlan(plan)) throw new Error(`There is no plan '${plan}'; there are ${Object.keys(PLANS).join(", ")}.`);
  return {
    entries: only.length === 0 ? CONTENDERS : CONTENDERS.filter(({ name }) => [...REFERENCES, ...only].includes(name)),
    only,
    quick,
    rounds,
    json,
    save,
    contender: contender === undefined ? undefined : entryOf(contender),
    plan,
  };
}

function isPlan(name: string): name is PlanName {
  return Object.hasOwn(PLANS, name);
}
