/** How long and how often a row is measured. */
export interface Pace {
  /** Calls before the first sample, so that the compiler has seen the path; ms for each number of calls in flight. */
  readonly warmUpMs: number;
  /** Sampling of one figure ends after so long, and not before `minSamples`. */
  readonly sampleMs: number;
  readonly minSamples: number;
  /** Starts after the first. */
  readonly starts: number;
}

export const FULL: Pace = { warmUpMs: 1500, sampleMs: 4000, minSamples: 30, starts: 15 };
export const QUICK: Pace = { warmUpMs: 250, sampleMs: 400, minSamples: 5, starts: 3 };

/** A row that takes longer than this is stuck; ms. */
export const ROW_MS = 180_000;
