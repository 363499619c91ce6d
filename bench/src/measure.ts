import { deepStrictEqual } from "node:assert";
import Benchmark from "benchmark";
import { ORDER } from "./order.js";
import type { Pace } from "./pace.js";
import { IN_FLIGHT, type Figure, type Measured, type Starts } from "./result.js";
import type { BoundaryRow, Echo, FunctionRow } from "./row.js";

/** One sample of the library holds many calls: its own bookkeeping takes microseconds, as a call does. */
const CYCLE_MS = 20;

export async function measureFunction({ echo }: FunctionRow, pace: Pace): Promise<Measured> {
  deepStrictEqual(echo(ORDER), ORDER);
  let order = ORDER;
  const calls = async (width: number): Promise<Sampled> =>
    sample(pace, {
      // Each call takes the answer of the one before, so that none can be left out.
      fn() {
        for (let call = 0; call < width; call++) order = echo(order);
      },
    });
  return figures(await calls(1), 1, await calls(IN_FLIGHT), IN_FLIGHT, undefined);
}

export async function measureBoundary(row: BoundaryRow, pace: Pace): Promise<Measured> {
  const { echo, starts, close } = await startSeveral(row, pace.starts);
  try {
    const one = await measureCalls(echo, 1, pace);
    const many = await measureCalls(echo, IN_FLIGHT, pace);
    return figures(one.sampled, one.calls, many.sampled, many.calls, starts);
  } finally {
    await close();
  }
}

async function measureCalls({ echo }: Echo, width: number, pace: Pace): Promise<{ readonly sampled: Sampled; readonly calls: number }> {
  const lane = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) await echo(ORDER);
  };
  // Lanes, not waves: the next call of a lane leaves as its answer comes, so `width` are in flight until the cycle ends.
  const cycle = (calls: number): Promise<unknown> => Promise.all(Array.from({ length: width }, () => lane(calls)));

  const from = performance.now();
  let rounds = 0;
  for (let calls = 1; performance.now() - from < pace.warmUpMs; rounds += calls, calls = Math.min(64, calls * 2)) await cycle(calls);
  const roundMs = (performance.now() - from) / rounds;
  const calls = Math.min(1000, Math.max(1, Math.round(CYCLE_MS / roundMs)));

  const sampled = await new Promise<Sampled>((resolve, reject) => {
    const fn = (deferred: { resolve(): void }): void => void cycle(calls).then(() => deferred.resolve(), reject);
    sample(pace, { defer: true, fn }).then(resolve, reject);
  });
  return { sampled, calls: calls * width };
}

async function startSeveral(row: BoundaryRow, times: number): Promise<{ readonly echo: Echo; readonly starts: Starts; close(): Promise<void> }> {
  const from = performance.now();
  const starter = row.open();
  try {
    let echo = await firstAnswer(starter.start());
    const firstMs = performance.now() - from;
    const allMs: number[] = [];
    for (let start = 0; start < times; start++) {
      await echo[Symbol.asyncDispose]();
      const began = performance.now();
      echo = await firstAnswer(starter.start());
      allMs.push(performance.now() - began);
    }
    const last = echo;
    const close = async (): Promise<void> => {
      await last[Symbol.asyncDispose]();
      await starter[Symbol.asyncDispose]();
    };
    return { echo, starts: { firstMs, medianMs: median(allMs), allMs }, close };
  } catch (error) {
    await starter[Symbol.asyncDispose]();
    throw error;
  }
}

async function firstAnswer(starting: Promise<Echo>): Promise<Echo> {
  const echo = await starting;
  deepStrictEqual(await echo.echo(ORDER), ORDER);
  return echo;
}

interface Sampled {
  /** Mean duration of one cycle, s. */
  readonly mean: number;
  readonly rme: number;
  readonly sample: readonly number[];
}

function sample({ sampleMs, minSamples }: Pace, options: Benchmark.Options): Promise<Sampled> {
  return new Promise((resolve, reject) => {
    const bench = new Benchmark({
      ...options,
      async: true,
      maxTime: sampleMs / 1000,
      minSamples,
      onError: () => reject((bench as { readonly error?: unknown }).error),
      onComplete: () => resolve(bench.stats),
    });
    bench.run();
  });
}

function figures(one: Sampled, oneCalls: number, many: Sampled, manyCalls: number, starts: Starts | undefined): Measured {
  return { roundTripUs: figure(one, (one.mean / oneCalls) * 1e6), callsPerSecond: figure(many, manyCalls / many.mean), starts };
}

function figure({ rme, sample: samples }: Sampled, value: number): Figure {
  return { value, marginPercent: rme, samples: samples.length };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
