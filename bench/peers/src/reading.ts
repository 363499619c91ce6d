import type { Outcome } from "@sallyport/bench";
import type { Case } from "./plan.js";

/** What one process found. */
export interface Reading {
  /** Absent: it holds for all that its contender has no other reading of. */
  readonly key?: string;
  /** µs where one call is in flight, calls/s otherwise; ms for the start. */
  readonly outcome: Outcome;
}

/** What a figure is, the same for every contender. */
export interface Quantity extends Case {
  readonly pinned: boolean;
}

/** From nothing to the first answer. */
export const START = "start/cold";

/** `S/64`, `S/1/pinned`: a cell's id without its contender. */
export function keyOf({ payload, inFlight, pinned }: Quantity): string {
  return `${payload}/${inFlight}${pinned ? "/pinned" : ""}`;
}
