import type { Clock, Limits, Usage } from "@sallyport/bus";
import type { MoveRules } from "./options.js";

/** Why a plugin should be somewhere else, with the figures that say so. */
export interface Trigger {
  readonly cause: "memory" | "latency";
  readonly text: string;
  readonly figures: Readonly<Record<string, string | number>>;
}

/** Looks at what a plugin uses and how long its calls take, and says when a rule of its policy is broken. */
export interface Triggers {
  sampled(usage: Usage, limits: Limits): void;
  /** A call ended. */
  ended(method: string, ms: number): void;
  /** It runs somewhere else now: what was seen says nothing any more. */
  reset(): void;
}

/** Samples in a row above the line: one alone may be garbage that is about to be collected. */
const SAMPLES = 2;
/** Calls of a method that are judged together, how many of them may be late, and how many such lots in a row are too many. */
const LOT = 50;
const LATE = 5;
const LOTS = 2;
const MIB = 2 ** 20;

interface Lot { readonly allowedMs: number; calls: number; late: number; slowestMs: number; bad: number }

/** `broken` is told at most once in `everyMs`. */
export function createTriggers({ rules, clock, broken }: { readonly rules: MoveRules; readonly clock: Clock; broken(trigger: Trigger): void }): Triggers {
  const { memoryPercent, latencyMs, everyMs } = rules;
  const lots = new Map<string, Lot>(Object.entries(latencyMs).map(([method, allowedMs]) => [method, { allowedMs, calls: 0, late: 0, slowestMs: 0, bad: 0 }]));
  let high = 0;
  let toldMs = -Infinity;

  function tell(trigger: Trigger): void {
    const now = clock.now();
    if (now < toldMs + everyMs) return;
    toldMs = now;
    broken(trigger);
  }

  return {
    sampled({ memoryBytes }, { memoryMb }) {
      if (memoryPercent === undefined || memoryBytes === undefined) return;
      const usedMb = memoryBytes / MIB;
      high = usedMb * 100 >= memoryMb * memoryPercent ? high + 1 : 0;
      if (high < SAMPLES) return;
      high = 0;
      tell({ cause: "memory", text: `it holds ${usedMb.toFixed(1)} of ${memoryMb} MiB, and its policy is ${memoryPercent} %`, figures: { usedMb: Number(usedMb.toFixed(1)), limitMb: memoryMb, memoryPercent } });
    },
    ended(method, ms) {
      const lot = lots.get(method);
      if (lot === undefined) return;
      lot.calls++;
      lot.slowestMs = Math.max(lot.slowestMs, ms);
      if (ms > lot.allowedMs) lot.late++;
      if (lot.calls < LOT) return;
      const { late, slowestMs, allowedMs } = lot;
      lot.bad = late > LATE ? lot.bad + 1 : 0;
      lot.calls = lot.late = lot.slowestMs = 0;
      if (lot.bad < LOTS) return;
      lot.bad = 0;
      tell({ cause: "latency", text: `${late} of its last ${LOT} calls of ${method} took longer than ${allowedMs} ms, the slowest ${slowestMs.toFixed(1)} ms`, figures: { method, late, of: LOT, slowestMs: Number(slowestMs.toFixed(1)), latencyMs: allowedMs } });
    },
    reset() {
      high = 0;
      for (const lot of lots.values()) lot.calls = lot.late = lot.slowestMs = lot.bad = 0;
    },
  };
}
