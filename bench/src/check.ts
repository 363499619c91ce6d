import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { CellPlan } from "./cells/cell.js";
import { compareSpeed, type Slower } from "./compare.js";
import type { Options } from "./options.js";
import { chooseCells } from "./plan.js";
import { percent, short } from "./report/numbers.js";
import type { Results } from "./results.js";
import { runCells } from "./run/run.js";

export const SAVED = fileURLToPath(new URL("../results.json", import.meta.url));

const BUDGET_S = 180;

/** Compares speed against the raw port of this run with that of the saved run. Returns the exit code. */
export async function runCheck(cells: readonly CellPlan[], options: Options): Promise<number> {
  const saved = await readSaved(options.against ?? SAVED);
  if (typeof saved === "string") {
    console.error(saved);
    return 2;
  }
  const compare = async (plans: readonly CellPlan[]): Promise<readonly Slower[]> => {
    const now = await runCells(plans, { quick: true, rounds: options.rounds, budgetSeconds: BUDGET_S });
    const { slower, left } = compareSpeed(plans, now, saved.cells);
    for (const { id, reason } of left) console.log(`bench:check: ${id} is not compared: ${reason}`);
    return slower;
  };
  const plans = chooseCells(cells, { ...options, quick: true });
  const once = await compare(plans);
  if (once.length > 0) console.log(`bench:check: measured once more, as they were slower: ${once.map(({ id }) => id).join(", ")}`);
  // Only who is slower twice is reported: a machine hiccups.
  const twice = once.length === 0 ? [] : await compare(chooseCells(plans, { quick: false, modes: [], payloads: [], only: once.map(({ id }) => id) }));
  const slower = twice.filter(({ id }) => once.some((each) => each.id === id));
  for (const { id, speedPercent, is, was } of slower) console.log(`bench:check: ${id} is slower: ${percent(speedPercent)} of its saved speed; ${short(is)} x the raw MessagePort, saved ${short(was)} x`);
  if (slower.length === 0) console.log(`bench:check: nothing is slower than it was on ${saved.date.slice(0, 10)}`);
  return slower.length === 0 ? 0 : 1;
}

async function readSaved(file: string): Promise<Results | string> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Results;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? `bench:check: there is no ${file}; save a run with: npm run bench -- --save` : `bench:check: ${file} cannot be read: ${(error as Error).message}`;
  }
}
