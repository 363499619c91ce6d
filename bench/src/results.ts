import type { Traits } from "@sallyport/kernel";

/** All that one run measured: what `--json` prints, `bench/results.json` holds and `renderHtml` draws. */
export interface Results {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** As typed: `npm run bench -- --quick`. */
  readonly command: string;
  readonly options: RunOptions;
  readonly machine: Machine;
  /** Of programs that took part, by name: `node`, `v8`, `cc`, `rustc`, `go`, `python3` … */
  readonly versions: Readonly<Record<string, string>>;
  /** How long the run took. */
  readonly seconds: number;
  /** In the order of the tables. */
  readonly cells: readonly Cell[];
  /** "What it contains": each mode's own traits. */
  readonly traits: readonly ModeTraits[];
  /** Every target, judged by these cells. */
  readonly targets: readonly JudgedTarget[];
}

export interface RunOptions {
  readonly quick: boolean;
  /** What `--modes`, `--payload` and `--only` left; empty: all. */
  readonly modes: readonly string[];
  readonly payloads: readonly Payload[];
  readonly only: readonly string[];
  readonly rounds: number;
  /** Rounds of a cell may differ by so many percent of their mean; more is `unsteady`. */
  readonly tolerancePercent: number;
}

/** Where the figures come from: they mean nothing elsewhere. */
export interface Machine {
  /** `linux 6.1.0 x64`. */
  readonly system: string;
  readonly cpu: string;
  readonly cpus: number;
  /** Fewer than `cpus` under `taskset` or in a cpuset. */
  readonly usableCpus: number;
  readonly memoryGib: number;
  /** Runnable processes over the last minute, before the first cell: what else the machine was doing. */
  readonly load: number;
}

/** S: an order of about 110 bytes of JSON. M: 40 of them. L: 1 MiB of bytes. */
export type Payload = "S" | "M" | "L";

/** Groups of the report; QUESTIONS has their titles and order. */
export type Question = "calls" | "payloads" | "latency" | "streams" | "start" | "memory" | "kernel";

export const QUESTIONS: Readonly<Record<Question, string>> = {
  calls: "Many small calls",
  payloads: "Large payloads",
  latency: "Latency",
  streams: "Streams and events",
  start: "Start",
  memory: "Memory and CPU",
  kernel: "The kernel's share and growth",
};

/** Who sends to whom. `bare`: over the boundary with no kernel. */
export type Direction = "host-plugin" | "plugin-host" | "plugin-plugin" | "bare";

export type Unit = "calls/s" | "items/s" | "deliveries/s" | "us" | "ms" | "MiB";

/** One figure, or the reason why there is none. */
export type Cell = CellFacts & (Measured | Unsteady | Missing);

/** What was to be measured; the same in every run. */
export interface CellFacts {
  /** `worker/S/64`, `worker/S/1/pinned`, `port/M/64`, `worker/start/spare`; unique, for `--only` and for targets. */
  readonly id: string;
  readonly question: Question;
  /** A mode or a baseline: `worker`, `c`, `port`, `fork-json`. The stdio plugins are modes by their language. */
  readonly mode: string;
  /** Baselines are what the modes are compared with, measured in the same run. */
  readonly baseline: boolean;
  /** What the figure says, without the mode: `S, 64 in flight`, `event to 100 subscribers`, `p99 of timer lateness, 64 in flight`. */
  readonly what: string;
  readonly payload?: Payload;
  /** Calls open at once. */
  readonly inFlight?: number;
  readonly direction?: Direction;
  /** The whole cell, host and plugin, ran on one CPU. */
  readonly pinned: boolean;
  readonly unit: Unit;
  readonly better: "higher" | "lower";
}

export interface Measured {
  readonly state: "measured";
  /** Mean over the rounds, in `unit`. */
  readonly value: number;
  /** Half the 95 % confidence interval in percent of the value; the widest of the rounds. Absent: a single reading, such as memory. */
  readonly marginPercent?: number;
  /** In all rounds together. */
  readonly samples: number;
  /** What each round found: each in a fresh process. */
  readonly rounds: readonly number[];
  /** This value / that of the raw MessagePort with the same payload and calls in flight, in this run; `better` tells which side of 1 is good. */
  readonly ratioToPort?: number;
  /** Of single calls, µs. */
  readonly percentiles?: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** The rounds disagree by more than the tolerance: no figure is given. */
export interface Unsteady {
  readonly state: "unsteady";
  /** Both rounds, for a person. */
  readonly reason: string;
  readonly rounds: readonly number[];
  readonly percentiles?: Percentiles;
}

/** `unavailable`: this machine lacks something. `failed`: it should have run. */
export interface Missing {
  readonly state: "unavailable" | "failed";
  readonly reason: string;
}

/** One mode's traits, as its adapter states them. */
export interface ModeTraits extends Traits {
  readonly mode: string;
}

/** A promise about speed and what this run says to it. */
export interface JudgedTarget {
  /** `worker, S, 64 in flight`. */
  readonly path: string;
  /** `at least 3 x raw MessagePort`. */
  readonly target: string;
  /** `2.1 x`, or why there is no figure. */
  readonly measured: string;
  /** `unknown`: a cell that it needs is missing or unsteady. */
  readonly verdict: "met" | "not met" | "unknown";
  /** Ids of the cells it was judged by. */
  readonly cells: readonly string[];
}
