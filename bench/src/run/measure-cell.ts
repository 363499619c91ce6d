import process from "node:process";
import { FULL, QUICK, type CellPlan } from "../cells/cell.js";
import type { Outcome } from "./outcome.js";

/** A cell in this process. One that fails is a result too. */
async function measureCell(plan: CellPlan, quick: boolean): Promise<Outcome> {
  try {
    const reading = await plan.measure(quick ? QUICK : FULL);
    return "unavailable" in reading ? { state: "unavailable", reason: reading.unavailable } : { state: "measured", ...reading };
  } catch (error) {
    return { state: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The process of a cell. Without a parent, as under a profiler, the result goes to stdout. */
export async function mainOfCell(plan: CellPlan, quick: boolean): Promise<void> {
  // What a cell started must not outlive a parent that was killed.
  const orphaned = (): never => process.exit(1);
  process.once("disconnect", orphaned);
  const outcome = await measureCell(plan, quick);
  process.off("disconnect", orphaned);
  if (process.send === undefined) console.log(JSON.stringify(outcome, undefined, 2));
  else process.send(outcome, () => process.disconnect());
}
