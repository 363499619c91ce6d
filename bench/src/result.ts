export interface Figure {
  readonly value: number;
  /** Half the 95 % confidence interval, as a percentage of the value. */
  readonly marginPercent: number;
  readonly samples: number;
}

/** What one process measured. */
export interface Measured {
  /** One call in flight, µs. */
  readonly roundTripUs: Figure;
  /** With IN_FLIGHT calls in flight. */
  readonly callsPerSecond: Figure;
  /** Until the first answer, ms; `undefined` where there is nothing to start. */
  readonly starts: Starts | undefined;
}

export interface Starts {
  /** In a process that has started none before, adapter and kernel included. */
  readonly firstMs: number;
  /** Of those that follow, in the same kernel. */
  readonly medianMs: number;
  readonly allMs: readonly number[];
}

export type Outcome = { readonly state: "measured"; readonly measured: Measured } | { readonly state: "unavailable" | "failed"; readonly reason: string };

export interface RowResult {
  readonly name: string;
  readonly what: string;
  readonly outcome: Outcome;
}

export const IN_FLIGHT = 64;
