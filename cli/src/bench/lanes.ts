import { createHistogram, performance } from "node:perf_hooks";
import type { WidthFigures } from "../advice/figures.js";

const SLICES = 10;
/** 97.5 % quantile of Student's t with SLICES - 1 degrees of freedom. */
const T = 2.262;

/** Calls with `inFlight` open all the time: first for the rate, in slices, then each with its own clock. Rejects with the first failure. */
export async function measureLanes(call: () => Promise<unknown>, inFlight: number, sampleMs: number): Promise<WidthFigures & { readonly calls: number }> {
  const warmUp = await lanes(inFlight, sampleMs / 5, call);

  const slices = Array.from({ length: SLICES }, () => 0);
  const began = performance.now();
  const sliceMs = (sampleMs * 0.4) / SLICES;
  const rated = await lanes(inFlight, sampleMs * 0.4, async () => {
    await call();
    const slice = Math.floor((performance.now() - began) / sliceMs);
    if (slice < SLICES) slices[slice] = (slices[slice] ?? 0) + 1;
  });

  const histogram = createHistogram();
  const timed = await lanes(inFlight, sampleMs * 0.4, async () => {
    const from = performance.now();
    await call();
    histogram.record(Math.max(1, Math.round((performance.now() - from) * 1e6)));
  });
  return {
    inFlight,
    callsPerSecond: (rated.calls / rated.ms) * 1000,
    marginPercent: marginPercent(slices),
    p50Us: histogram.percentile(50) / 1000,
    p99Us: histogram.percentile(99) / 1000,
    calls: warmUp.calls + rated.calls + timed.calls,
  };
}

/** Lanes, not waves: the next call of a lane leaves as its answer comes. */
async function lanes(width: number, forMs: number, call: () => Promise<unknown>): Promise<{ readonly calls: number; readonly ms: number }> {
  const began = performance.now();
  let calls = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    do {
      await call().catch((error: unknown) => {
        failed = true;
        throw error;
      });
      calls += 1;
    } while (!failed && performance.now() - began < forMs);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return { calls, ms: performance.now() - began };
}

function marginPercent(slices: readonly number[]): number {
  const mean = slices.reduce((sum, each) => sum + each, 0) / slices.length;
  const variance = slices.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (slices.length - 1);
  return mean === 0 ? 100 : (T * Math.sqrt(variance / slices.length) * 100) / mean;
}
