import { writeFile } from "node:fs/promises";
import { relative } from "node:path";
import process from "node:process";
import type { CellPlan } from "./cells/cell.js";
import { judge } from "./judge.js";
import { describeMachine, readVersions } from "./machine.js";
import type { Options } from "./options.js";
import { readPeers } from "./peers.js";
import { chooseCells, isPart } from "./plan.js";
import { renderHtml } from "./report-html/index.js";
import { renderTables } from "./report/tables.js";
import type { Cell, Results } from "./results.js";
import { TOLERANCE_PERCENT } from "./run/combine.js";
import { runCells } from "./run/run.js";
import { save } from "./save.js";
import { TARGETS, type Target } from "./targets.js";
import { readTraits } from "./traits.js";

const COLUMNS = 160;
const BUDGET_S = 1150;
const QUICK_BUDGET_S = 90;

/** Runs the cells asked for and tells what they found. Returns the exit code. */
export async function runBench(cells: readonly CellPlan[], options: Options): Promise<number> {
  const { quick, modes, payloads, only, rounds, json } = options;
  const machine = describeMachine();
  const from = performance.now();
  const measured = await runCells(chooseCells(cells, options), { quick, rounds, budgetSeconds: quick ? QUICK_BUDGET_S : BUDGET_S });
  const results: Results = {
    format: 1,
    date: new Date().toISOString(),
    command: ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" "),
    options: { quick, modes, payloads, only, rounds, tolerancePercent: TOLERANCE_PERCENT },
    machine,
    versions: await readVersions(),
    seconds: (performance.now() - from) / 1000,
    cells: measured,
    traits: await readTraits(),
    targets: judge(asked(options, measured), [...measured, ...(await readPeers())]),
  };
  if (typeof json === "string") await writeFile(json, text(results));
  console.log(json === true ? text(results).trimEnd() : renderTables(results, process.stdout.columns ?? COLUMNS));
  await writeFile(options.report, renderHtml(results));
  console.error(`bench: charts of it are in ${relative(process.cwd(), options.report)}`);
  if (options.save) await save(results);
  return measured.some(({ state }) => state === "failed") ? 1 : 0;
}

/** Of a part the targets that it says something to. */
function asked(options: Options, measured: readonly Cell[]): readonly Target[] {
  if (!isPart(options)) return TARGETS;
  const ids = new Set(measured.map(({ id }) => id));
  return TARGETS.filter(({ comparisons }) => comparisons.some(({ cell, to = cell }) => ids.has(cell) && ids.has(to)));
}

function text(results: Results): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
