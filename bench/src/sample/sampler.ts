import Benchmark from "benchmark";
import type { Pace } from "../cells/cell.js";

/** One sample holds much work: the library's own bookkeeping takes microseconds, as a call does. */
const CYCLE_MS = 20;
const MAX_AMOUNT = 50_000;

export interface Sampled {
  /** Mean time for one unit of work, s. */
  readonly unitSeconds: number;
  /** Half the 95 % confidence interval, percent. */
  readonly marginPercent: number;
  readonly samples: number;
}

/** Warms `work` up, then times it. It does `amount` units each time; how many a sample holds is found in the warm-up. */
export async function sampleWork(pace: Pace, work: (amount: number) => Promise<unknown>): Promise<Sampled> {
  const from = performance.now();
  let unitMs = Infinity;
  for (let amount = 1; performance.now() - from < pace.warmUpMs; amount = Math.min(amount * 2, Math.ceil(CYCLE_MS / unitMs), MAX_AMOUNT)) {
    const began = performance.now();
    await work(amount);
    // The last and fastest: the first ones are those of a cold compiler.
    unitMs = Math.min(unitMs, (performance.now() - began) / amount);
  }
  const amount = Math.min(MAX_AMOUNT, Math.max(1, Math.round(CYCLE_MS / unitMs)));
  // Of work that alone takes longer than the sampling should, two samples have to do.
  const minSamples = unitMs > pace.sampleMs ? 2 : pace.minSamples;
  return run({ ...pace, minSamples }, amount, (deferred, fail) => void work(amount).then(() => deferred.resolve(), fail));
}

/** The same for what answers at once. */
export async function sampleFunction(pace: Pace, work: (amount: number) => void): Promise<Sampled> {
  const amount = 100;
  const from = performance.now();
  while (performance.now() - from < pace.warmUpMs) work(amount);
  return run(pace, amount, undefined, () => work(amount));
}

type Deferred = { resolve(): void };

function run({ sampleMs, minSamples }: Pace, amount: number, deferred?: (done: Deferred, fail: (error: unknown) => void) => void, immediate?: () => void): Promise<Sampled> {
  return new Promise((resolve, reject) => {
    const bench = new Benchmark({
      defer: deferred !== undefined,
      fn: deferred === undefined ? (immediate as () => void) : (done: Deferred) => deferred(done, reject),
      async: true,
      minTime: CYCLE_MS / 1000,
      maxTime: sampleMs / 1000,
      minSamples,
      onError: () => reject((bench as { readonly error?: unknown }).error),
      onComplete: () => resolve({ unitSeconds: bench.stats.mean / amount, marginPercent: bench.stats.rme, samples: bench.stats.sample.length }),
    });
    bench.run();
  });
}
