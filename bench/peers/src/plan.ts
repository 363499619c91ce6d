import type { Payload } from "@sallyport/bench/results";

/** What one process measures of its contender, in this order. */
export interface Plan {
  readonly cases: readonly Case[];
  /** Calls before the first slice, so that the compiler has seen the path; ms for each case. */
  readonly warmUpMs: number;
  /** Sampling of one case ends after so long, unless it has too few slices. */
  readonly sampleMs: number;
  /** The process and what it starts share one CPU. */
  readonly pinned: boolean;
}

export interface Case {
  readonly payload: Exclude<Payload, "L">;
  readonly inFlight: number;
}

export type PlanName = keyof typeof PLANS;

const LATENCY: Case = { payload: "S", inFlight: 1 };

/** 1024 in flight come last: a contender that breaks there has its other figures. */
export const PLANS = {
  full: {
    cases: [LATENCY, { payload: "S", inFlight: 64 }, { payload: "M", inFlight: 1 }, { payload: "M", inFlight: 64 }, { payload: "S", inFlight: 1024 }, { payload: "M", inFlight: 1024 }],
    warmUpMs: 250,
    sampleMs: 500,
    pinned: false,
  },
  quick: { cases: [LATENCY, { payload: "S", inFlight: 64 }, { payload: "M", inFlight: 64 }, { payload: "S", inFlight: 1024 }], warmUpMs: 120, sampleMs: 150, pinned: false },
  pinned: { cases: [LATENCY], warmUpMs: 250, sampleMs: 400, pinned: true },
} as const satisfies Record<string, Plan>;
