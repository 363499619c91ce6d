import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";

export interface HostMetrics {
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** How late the event loop came around since this was asked for last; only with `KernelOptions.loopDelay`. */
  readonly loopDelay?: LoopDelay;
}

export interface LoopDelay { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number }

export interface HostMeter {
  read(): HostMetrics;
  close(): void;
}

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/** Measures nothing by itself: the event loop is watched only if somebody asked for it. */
export function createHostMeter(loopDelay: boolean): HostMeter {
  const histogram = loopDelay ? monitorEventLoopDelay({ resolution: RESOLUTION_MS }) : undefined;
  histogram?.enable();

  function delay(): LoopDelay | undefined {
    if (histogram === undefined) return undefined;
    // What it measures is the time between two looks; the late part is what exceeds the distance that was asked for.
    const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
    const read = { p50Ms: late(histogram.percentile(50)), p99Ms: late(histogram.percentile(99)), maxMs: late(histogram.max) };
    histogram.reset();
    return read;
  }

  return {
    read() {
      const { heapUsed: heapBytes, rss: residentBytes } = process.memoryUsage();
      const late = delay();
      return { heapBytes, residentBytes, ...(late && { loopDelay: late }) };
    },
    close: () => void histogram?.disable(),
  };
}
