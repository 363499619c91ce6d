import { createHistogram } from "node:perf_hooks";
import { sleep } from "./sleep.js";

const TIMER_MS = 5;
const US_PER_MS = 1000;

/** How late the host's timers fire while something else goes on: the 99th percentile, ms. */
export async function watchTimers(forMs: number): Promise<{ readonly p99Ms: number; readonly timers: number }> {
  const lateUs = createHistogram();
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const due = performance.now() + TIMER_MS;
    await sleep(TIMER_MS);
    // A timer may also be early by a fraction of its millisecond.
    lateUs.record(Math.max(1, Math.round((performance.now() - due) * US_PER_MS)));
  }
  return { p99Ms: lateUs.percentile(99) / US_PER_MS, timers: lateUs.count };
}
