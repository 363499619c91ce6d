import type { Case, Plan } from "./plan.js";

/** Calls/s of one case. */
export interface Rate {
  /** All sampled calls by all sampled time. */
  readonly perSecond: number;
  /** Half the 95 % confidence interval of the slices' mean, in percent of it; undefined for a single slice. */
  readonly marginPercent: number | undefined;
  readonly slices: number;
}

/** Counts calls, and cuts the time after the warm-up into slices. */
export interface Meter {
  /** Lanes stop calling. */
  readonly done: boolean;
  /** One call was answered. */
  answered(): void;
  /** Ends the measurement early: a call failed. */
  stop(): void;
  rate(): Rate;
}

interface Slice {
  readonly calls: number;
  readonly ms: number;
}

const SLICE_MS = 10;
const MIN_SLICES = 3;
/** A contender so slow that its slices take this many times the sampling time is measured by one. */
const PATIENCE = 5;
/** Reading the clock costs too much for every call of a fast contender: it is read about so often. */
const LOOK_MS = 1;

export function createMeter({ inFlight }: Pick<Case, "inFlight">, { warmUpMs, sampleMs }: Pick<Plan, "warmUpMs" | "sampleMs">): Meter {
  const startedAt = performance.now();
  const slices: Slice[] = [];
  let sliceAt = startedAt;
  let calls = 0;
  let stride = 1;
  let untilLook = 1;
  let done = false;

  function look(): void {
    const now = performance.now();
    untilLook = stride;
    const ms = now - sliceAt;
    // Answers come in bursts of up to `inFlight`: a slice that cut one in two would say nothing.
    if (ms < SLICE_MS || calls < inFlight) return;
    if (sliceAt - startedAt >= warmUpMs) slices.push({ calls, ms });
    stride = Math.max(1, Math.round((calls / ms) * LOOK_MS));
    sliceAt = now;
    calls = 0;
    done ||= now - startedAt >= warmUpMs + sampleMs && slices.length >= (now - startedAt >= warmUpMs + PATIENCE * sampleMs ? 1 : MIN_SLICES);
  }

  return {
    get done() {
      return done;
    },
    answered() {
      calls += 1;
      untilLook -= 1;
      if (untilLook <= 0) look();
    },
    stop() {
      done = true;
    },
    rate: () => summarize(slices),
  };
}

function summarize(slices: readonly Slice[]): Rate {
  const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
  const rates = slices.map(({ calls, ms }) => calls / ms);
  const mean = sum(rates) / rates.length;
  const variance = sum(rates.map((rate) => (rate - mean) ** 2)) / (rates.length - 1);
  const perSecond = (sum(slices.map(({ calls }) => calls)) / sum(slices.map(({ ms }) => ms))) * 1000;
  const marginPercent = rates.length === 1 ? undefined : ((1.96 * Math.sqrt(variance / rates.length)) / mean) * 100;
  return { perSecond, marginPercent, slices: slices.length };
}
