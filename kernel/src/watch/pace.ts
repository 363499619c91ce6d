import type { Limits, Usage } from "@sallyport/bus";

/** When to look at an instance again. */
export interface Pace {
  /** After a sample. Returns the wait, ms. */
  next(usage: Usage, limits: Limits, nowMs: number): number;
}

/** How much more often one is looked at that comes near its limit, and how much more rarely one that does nothing. */
const FASTER = 10;
const SLOWER = 4;
/** Looked at faster if at this rate it will be at its limit within so many samples: when it holds little, and when it holds half of it. */
const NEAR_SAMPLES = 4;
const NEAR_SAMPLES_HALF_FULL = 40;

export function createPace(sampleMs: number): Pace {
  let waitMs = sampleMs;
  let before: { readonly atMs: number; readonly usage: Usage } | undefined;

  return {
    next(usage, limits, nowMs) {
      const was = before;
      before = { atMs: nowMs, usage };
      const mostBytes = limits.memoryMb * 2 ** 20;
      const { memoryBytes = 0 } = usage;
      // What nobody has seen before may have come within one sample.
      const grownBytes = memoryBytes - (was?.usage.memoryBytes ?? 0);
      const perMs = grownBytes / Math.max(1, was === undefined ? sampleMs : nowMs - was.atMs);
      const leftMs = perMs > 0 ? (mostBytes - memoryBytes) / perMs : Infinity;
      const near = memoryBytes > mostBytes / 2 ? NEAR_SAMPLES_HALF_FULL : NEAR_SAMPLES;
      const idle = was !== undefined && usage.cpuMs === was.usage.cpuMs && usage.bytesIn === was.usage.bytesIn && grownBytes <= 0;
      if (leftMs < near * sampleMs) waitMs = Math.max(1, sampleMs / FASTER);
      else waitMs = idle ? Math.min(SLOWER * sampleMs, 2 * Math.max(waitMs, sampleMs)) : sampleMs;
      return waitMs;
    },
  };
}
