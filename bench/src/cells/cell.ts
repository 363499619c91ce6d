import type { CellFacts, Percentiles } from "../results.js";

/** One figure to be measured. The list of all is the same in the parent and in the process of the cell. */
export interface CellPlan {
  readonly facts: CellFacts;
  /** Id of the raw port's cell that does the same work: runs with this one, and gives `ratioToPort`. */
  readonly reference?: string;
  /** Part of `--quick` and of the check: a target, or what a target is compared with. */
  readonly quick: boolean;
  /** How long one round takes on two cores, s: for the bar, until the run knows better. */
  readonly seconds: number;
  /** Of single readings more rounds are needed. Default 2. */
  readonly rounds?: number;
  /** How rounds become one figure: `worst` for what must never be exceeded. Default `mean`. */
  readonly combine?: "mean" | "worst";
  /** Runs in a process of the cell's own. */
  measure(pace: Pace): Promise<Reading>;
}

/** What one round found. */
export type Reading = Figure | { readonly unavailable: string };

export interface Figure {
  readonly value: number;
  readonly marginPercent?: number;
  readonly samples: number;
  readonly percentiles?: Percentiles;
}

/** How long and how often is measured. */
export interface Pace {
  /** Work before the first sample, so that the compiler has seen the path, ms. */
  readonly warmUpMs: number;
  /** Sampling of one figure ends after so long, ms, and not before `minSamples`. */
  readonly sampleMs: number;
  readonly minSamples: number;
  /** Single calls are timed for so long, ms. */
  readonly latencyMs: number;
  /** Starts in a running kernel. */
  readonly starts: number;
  /** Timers are watched for so long, ms. */
  readonly watchMs: number;
}

export const FULL: Pace = { warmUpMs: 400, sampleMs: 500, minSamples: 5, latencyMs: 150, starts: 9, watchMs: 1500 };
export const QUICK: Pace = { warmUpMs: 300, sampleMs: 250, minSamples: 4, latencyMs: 60, starts: 5, watchMs: 800 };

/** A round of a cell that takes longer is stuck, ms. */
export const STUCK_MS = { full: 60_000, quick: 25_000 } as const;
