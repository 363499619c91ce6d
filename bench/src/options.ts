import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PAYLOADS } from "./payloads.js";
import { isPart, type Wanted } from "./plan.js";
import { QUESTIONS, type CellFacts, type Payload } from "./results.js";

export interface Options extends Wanted {
  readonly rounds: number;
  /** `true`: on stdout, instead of the tables. */
  readonly json: boolean | string;
  /** Where the charts go. */
  readonly report: string;
  readonly save: boolean;
  readonly check: boolean;
  /** What the check compares with. */
  readonly against: string | undefined;
  /** Measure this cell in this process, and nothing else. */
  readonly cell: string | undefined;
  /** Say where the host's time goes in this cell, and nothing else. */
  readonly profile: string | undefined;
}

const REPORT = fileURLToPath(new URL("../report.html", import.meta.url));

export const USAGE = `npm run bench -- [--quick] [--modes A,B] [--payload S,M,L] [--only QUESTION|CELL,...] [--rounds N] [--json [FILE]] [--report FILE] [--save]
  --quick    the cells that the targets need, with short samples
  --modes    these modes; the baselines always run
  --payload  cells with these payloads, and those with none
  --only     questions (${Object.keys(QUESTIONS).join(", ")}), cells (worker/S/64) or what ids begin with (worker/S, worker)
  --rounds   how often each cell is measured, each time in a fresh process; default 2
  --json     results as JSON, to the file or to stdout instead of the tables
  --report   where the page with charts goes; default bench/report.html
  --save     a full run becomes bench/results.json and the figures in the READMEs
  --profile  where the host's time goes in this one cell
  --cell     measure this one cell in this process: for profilers

npm run bench:check -- [--against FILE]
  fails when a cell is slower, against the raw port of its run, than in bench/results.json (or FILE)`;

/** Throws an Error whose message is for the user. */
export function readOptions(args: readonly string[], cells: readonly CellFacts[]): Options {
  const { values } = parseArgs({
    args: withJsonValue(args),
    options: {
      quick: { type: "boolean", default: false }, modes: { type: "string" }, payload: { type: "string" }, only: { type: "string" }, rounds: { type: "string", default: "2" },
      json: { type: "string" }, report: { type: "string", default: REPORT }, save: { type: "boolean", default: false }, check: { type: "boolean", default: false }, against: { type: "string" }, cell: { type: "string" }, profile: { type: "string" },
    },
  });
  const { quick, json, report, save, check, against, cell, profile } = values;
  const modes = list(values.modes);
  const payloads = list(values.payload);
  const only = list(values.only);
  known("mode", modes, [...new Set(cells.filter((each) => !each.baseline).map(({ mode }) => mode))]);
  known("payload", payloads, PAYLOADS);
  for (const name of only) if (!Object.hasOwn(QUESTIONS, name) && !cells.some(({ id }) => id === name || id.startsWith(`${name}/`))) throw new Error(`There is no question and no cell '${name}'; questions are ${Object.keys(QUESTIONS).join(", ")}, cells are like worker/S/64.`);
  for (const id of [cell, profile]) if (id !== undefined && !cells.some((each) => each.id === id)) throw new Error(`There is no cell '${id}'; they are like worker/S/64.`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) throw new Error(`--rounds takes a number from 1 to 20, not '${values.rounds}'.`);
  const wanted: Wanted = { quick, modes, payloads: payloads as readonly Payload[], only };
  if (save && (quick || isPart(wanted))) throw new Error("--save takes a full run: leave out --quick, --modes, --payload and --only.");
  return { ...wanted, rounds, json: json === "" ? true : (json ?? false), report, save, check, against, cell, profile };
}

/** `--json` may stand alone, which parseArgs does not know. */
function withJsonValue(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => (arg === "--json" && (args[index + 1] ?? "--").startsWith("--") ? ["--json="] : [arg]));
}

function list(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function known(what: string, names: readonly string[], all: readonly string[]): void {
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no ${what} '${unknown.join("', '")}'; there are ${all.join(", ")}.`);
}
