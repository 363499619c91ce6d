import { measureBoundary, measureFunction } from "./measure.js";
import { FULL, QUICK } from "./pace.js";
import type { Outcome, RowResult } from "./result.js";
import type { Row } from "./row.js";
import { BASELINES, MODES } from "./rows.js";

/** Measures one row in this process. A row that fails is a result too. */
export async function runRow(name: string, quick: boolean): Promise<RowResult> {
  const load = { ...BASELINES, ...MODES }[name];
  if (load === undefined) throw new Error(`There is no row '${name}'.`);
  const { row } = await load();
  const outcome = await measure(row, quick).catch((error: unknown): Outcome => ({ state: "failed", reason: error instanceof Error ? error.message : String(error) }));
  return { name, what: row.what, outcome };
}

async function measure(row: Row, quick: boolean): Promise<Outcome> {
  const pace = quick ? QUICK : FULL;
  if (row.kind === "function") return { state: "measured", measured: await measureFunction(row, pace) };
  const reason = await row.unavailable?.();
  if (reason !== undefined) return { state: "unavailable", reason };
  return { state: "measured", measured: await measureBoundary(row, pace) };
}
