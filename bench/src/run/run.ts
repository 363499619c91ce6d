import type { CellPlan } from "../cells/cell.js";
import type { Cell } from "../results.js";
import { combine, withRatios } from "./combine.js";
import { pinning } from "./cpu.js";
import { forkCell } from "./fork-cell.js";
import type { Outcome } from "./outcome.js";
import { createProgress } from "./progress.js";
import { createSchedule } from "./schedule.js";

export interface RunSettings {
  /** Short samples, and one round of what takes long. */
  readonly quick: boolean;
  readonly rounds: number;
  /** How long it may take: a run that falls behind takes short samples, and then leaves out second rounds. */
  readonly budgetSeconds: number;
}

const HEAVY_S = 2.5;
/** What short samples leave of a cell's time: processes still have to start. */
const QUICK_SHARE = 0.6;

/** Measures each cell as often as it needs, round by round and each round in the opposite order, so that drift meets all alike. */
export async function runCells(plans: readonly CellPlan[], { quick, rounds, budgetSeconds }: RunSettings): Promise<readonly Cell[]> {
  const pin = await pinning();
  const outcomes = new Map<CellPlan, Outcome[]>(plans.map((plan) => [plan, []]));
  const roundsOf = (plan: CellPlan): number => (quick ? (plan.seconds > HEAVY_S ? 1 : rounds) : Math.max(rounds, plan.rounds ?? 1));
  const secondsOf = ({ seconds }: CellPlan): number => (quick ? QUICK_SHARE : 1) * seconds;
  const steps = Array.from({ length: Math.max(...plans.map(roundsOf), 0) }, (_, round) => inOrder(plans.filter((plan) => roundsOf(plan) > round), round)).flat();
  const schedule = createSchedule(steps.reduce((sum, plan) => sum + secondsOf(plan), 0));
  const progress = createProgress(steps.length);
  for (const plan of steps) {
    const { share, leftSeconds } = schedule.step(secondsOf(plan));
    progress.step(plan.facts.id, share, leftSeconds);
    const known = outcomes.get(plan);
    // What could not be measured has no figure, whatever another round would find.
    if (known === undefined || known.some(({ state }) => state !== "measured")) continue;
    const behind = schedule.elapsedSeconds() + leftSeconds > budgetSeconds;
    const late = quick ? behind : schedule.elapsedSeconds() > budgetSeconds;
    if (late && known.length > 0) continue;
    known.push(await measure(plan, quick || behind, pin));
  }
  progress.end();
  return withRatios(plans, plans.map((plan) => combine(plan, outcomes.get(plan) ?? [])));
}

function inOrder(plans: readonly CellPlan[], round: number): readonly CellPlan[] {
  return round % 2 === 0 ? plans : plans.toReversed();
}

async function measure({ facts }: CellPlan, quick: boolean, pin: readonly string[] | string): Promise<Outcome> {
  if (!facts.pinned) return forkCell(facts.id, quick);
  return typeof pin === "string" ? { state: "unavailable", reason: pin } : forkCell(facts.id, quick, pin);
}
