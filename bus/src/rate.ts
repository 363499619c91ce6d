/**
 * So much in a second, with at most one second's worth at once. A token bucket kept as one number, the moment at
 * which all that was taken is paid for (GCRA), so that taking costs an addition and nothing runs in between.
 */
export interface Rate {
  /** Takes `n` if that is within the rate, and answers 0; else takes nothing and answers how long to wait, ms. */
  take(nowMs: number, n?: number): number;
  /** Takes `n` in any case, and answers how long to wait until the average fits again, ms. */
  spend(nowMs: number, n: number): number;
}

const BURST_MS = 1000;

export function createRate(perSecond: number): Rate {
  return new PaidUntil(1000 / perSecond);
}

class PaidUntil implements Rate {
  private readonly costMs: number;
  private paidMs = -Infinity;

  constructor(costMs: number) {
    this.costMs = costMs;
  }

  take(nowMs: number, n = 1): number {
    const paidMs = (this.paidMs > nowMs ? this.paidMs : nowMs) + n * this.costMs;
    if (paidMs > nowMs + BURST_MS) return paidMs - nowMs - BURST_MS;
    this.paidMs = paidMs;
    return 0;
  }

  spend(nowMs: number, n: number): number {
    this.paidMs = (this.paidMs > nowMs ? this.paidMs : nowMs) + n * this.costMs;
    return Math.max(0, this.paidMs - nowMs - BURST_MS);
  }
}
