import { createHistogram } from "node:perf_hooks";
import type { Percentiles } from "../results.js";

const NS_PER_MS = 1e6;
const NS_PER_US = 1000;

/** Times single calls with `width` in flight into Node's HDR histogram. Separate from the mean: clock and histogram cost as much as a fast call. */
export async function timeCalls(forMs: number, width: number, call: () => Promise<unknown>): Promise<Percentiles> {
  const histogram = createHistogram();
  const until = performance.now() + forMs;
  const lane = async (): Promise<void> => {
    for (let from = performance.now(); from < until; ) {
      await call();
      const now = performance.now();
      histogram.record(Math.max(1, Math.round((now - from) * NS_PER_MS)));
      from = now;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  const at = (percent: number): number => histogram.percentile(percent) / NS_PER_US;
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9) };
}
