import type { Clock } from "@sallyport/bus";

/** Time that moves only when the simulation says so. */
export interface VirtualClock extends Clock {
  /** Timers that wait, the background ones too. */
  readonly pending: number;
  /** When the next timer is due, ms; `undefined` without one. */
  readonly nextMs: number | undefined;
  /** Where the timers that wait were set. */
  readonly origins: readonly string[];
  /** Moves time on to `ms` from now, and fires what is due, the earliest first. */
  advance(ms: number): void;
}

interface Timer { readonly dueMs: number; readonly fn: () => void; readonly origin: string }

/** Costs too much for a million steps. */
const TRACED = process.env["SIMULATION_SEED"] !== undefined;

export function virtualClock(): VirtualClock {
  let now = 0;
  const timers = new Set<Timer>();

  function next(): Timer | undefined {
    let first: Timer | undefined;
    // In insertion order: of two that are due together the older one goes first.
    for (const timer of timers) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
    return first;
  }

  return {
    now: () => now,
    turnNow: () => now,
    setTimeout(fn, ms) {
      const timer: Timer = { dueMs: now + Math.max(0, ms), fn, origin: TRACED ? String(new Error().stack).split("\n").slice(2, 5).join(" <") : "" };
      timers.add(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers.delete(handle as Timer);
    },
    keepAlive() {},
    get pending() {
      return timers.size;
    },
    get origins() {
      return [...timers].map(({ origin }) => origin);
    },
    get nextMs() {
      return next()?.dueMs;
    },
    advance(ms) {
      const end = now + ms;
      for (let timer = next(); timer !== undefined && timer.dueMs <= end; timer = next()) {
        timers.delete(timer);
        now = Math.max(now, timer.dueMs);
        timer.fn();
      }
      now = end;
    },
  };
}
