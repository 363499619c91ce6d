/** Times of one kind of call, ms. Bounded: of many, every n-th is kept. */
export interface Latency {
  add(ms: number): void;
  quantile(q: number): number;
  readonly count: number;
}

const MOST = 100_000;

export function createLatency(): Latency {
  let kept: number[] = [];
  let every = 1;
  let count = 0;
  return {
    add(ms) {
      if (count++ % every !== 0) return;
      kept.push(ms);
      if (kept.length < MOST) return;
      kept = kept.filter((_ms, i) => i % 2 === 0);
      every *= 2;
    },
    quantile(q) {
      const sorted = [...kept].sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
    },
    get count() {
      return count;
    },
  };
}
