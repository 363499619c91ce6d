import { parseArgs } from "node:util";
import { BASELINES, MODES } from "./rows.js";

export interface Options {
  readonly modes: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
  /** Measure this row in this process, and nothing else. */
  readonly row: string | undefined;
}

export const USAGE = `npm run bench -- [--modes A,B] [--quick] [--json]
  --modes   of ${Object.keys(MODES).join(", ")}; default: all. The baselines always run.
  --quick   fewer and shorter samples
  --json    one JSON document on stdout instead of the table
  --row     measure this row alone, in this process: for profilers`;

/** Throws an Error whose message is for the user. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { modes: { type: "string" }, quick: { type: "boolean", default: false }, json: { type: "boolean", default: false }, row: { type: "string" } },
  });
  const { modes = Object.keys(MODES).join(","), quick, json, row } = values;
  const wanted = modes.split(",").map((name) => name.trim());
  known(wanted, Object.keys(MODES));
  if (row !== undefined) known([row], [...Object.keys(BASELINES), ...Object.keys(MODES)]);
  return { modes: wanted, quick, json, row };
}

function known(names: readonly string[], all: readonly string[]): void {
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no row '${unknown.join("', '")}'; there are ${all.join(", ")}.`);
}
