/** Durations in buckets whose width grows with them: fixed memory, no allocation for a record, any percentile within 1/16. */
export interface Histogram {
  record(ms: number): void;
  readonly count: number;
  /** A copy, in figures. */
  read(): Latency;
}

/** How long calls took, from their admission to their end, waiting included. */
export interface Latency {
  readonly count: number;
  readonly sumMs: number;
  /** Half of the calls, nine tenths, 99 of 100 took no longer: up to 6 % too high, since they are borders of buckets. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How many calls took at most so long; borders double. Those above the last border are in `count` alone. */
  readonly buckets: readonly LatencyBucket[];
}

export interface LatencyBucket { readonly leMs: number; readonly count: number }

// After Tene's HdrHistogram: sixteen steps in each doubling, in µs. The first doublings have fewer µs than steps.
const STEPS = 16;
const STEP_BITS = 4;
/** 2^31 µs are 36 minutes; what took longer is counted in the last bucket, and in sum and maximum as it was. */
const MOST_US = 2 ** 31 - 1;
const PLACES = STEPS * (31 - STEP_BITS + 1);
/** Borders that are told: 16 µs, 32 µs ... 18 minutes. */
const FIRST_BORDER_BITS = 4;
const LAST_BORDER_BITS = 30;

export function createHistogram(): Histogram {
  return new Buckets();
}

class Buckets implements Histogram {
  count = 0;
  private sumMs = 0;
  private maxMs = 0;
  // Not 32 bits: a million calls a second would overflow them in an hour.
  private readonly counts = new Float64Array(PLACES);

  record(ms: number): void {
    this.count++;
    this.sumMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
    const at = placeOf(ms);
    this.counts[at] = (this.counts[at] as number) + 1;
  }

  read(): Latency {
    const buckets: LatencyBucket[] = [];
    let below = 0;
    let at = 0;
    for (let bits = FIRST_BORDER_BITS; bits <= LAST_BORDER_BITS; bits++) {
      for (const end = placeAfter(bits); at < end; at++) below += this.counts[at] as number;
      buckets.push({ leMs: 2 ** bits / 1000, count: below });
    }
    const { count, sumMs, maxMs } = this;
    return { count, sumMs, p50Ms: this.percentile(0.5), p90Ms: this.percentile(0.9), p99Ms: this.percentile(0.99), maxMs, buckets };
  }

  private percentile(part: number): number {
    let left = Math.ceil(this.count * part);
    if (left === 0) return 0;
    for (let at = 0; at < PLACES; at++) {
      left -= this.counts[at] as number;
      if (left <= 0) return Math.min(at === PLACES - 1 ? Infinity : borderUs(at) / 1000, this.maxMs);
    }
    return this.maxMs;
  }
}

/** A border belongs to the bucket below it, as OpenMetrics counts: `le` is "less or equal". */
function placeOf(ms: number): number {
  const us = ms > 0 ? Math.min(Math.ceil(ms * 1000) - 1, MOST_US) : 0;
  if (us < STEPS) return us;
  const bits = 31 - Math.clz32(us);
  return (bits - STEP_BITS + 1) * STEPS + ((us >>> (bits - STEP_BITS)) & (STEPS - 1));
}

/** The first place above 2^bits µs. */
function placeAfter(bits: number): number {
  return (bits - STEP_BITS + 1) * STEPS;
}

/** The upper border of a place, µs. */
function borderUs(at: number): number {
  if (at < STEPS) return at + 1;
  const bits = Math.floor(at / STEPS) + STEP_BITS - 1;
  return (STEPS + (at % STEPS) + 1) * 2 ** (bits - STEP_BITS);
}
