import type { Clock } from "@sallyport/bus";

/** Bounds how often a kernel starts something again: plugins that do nothing but end must not keep the machine busy. */
export interface Starts {
  /** Resolves when it is the caller's turn, first come, first served. Rejects with the signal's reason. */
  turn(signal: AbortSignal): Promise<void>;
}

export function createStarts({ clock, perSecond }: { readonly clock: Clock; readonly perSecond: number }): Starts {
  const waiting = new Set<() => void>();
  const everyMs = 1000 / perSecond;
  /** Turns that are left; they come back one by one. */
  let left = perSecond;
  let countedMs = clock.now();
  let timer: unknown;

  function count(): void {
    const now = clock.now();
    left = Math.min(perSecond, left + (now - countedMs) / everyMs);
    countedMs = now;
  }

  function serve(): void {
    timer = undefined;
    count();
    // Engines round: a timer may fire a fraction of a millisecond early.
    for (const go of waiting) {
      if (left < 0.99) break;
      left--;
      waiting.delete(go);
      go();
    }
    if (waiting.size > 0) timer = clock.setTimeout(serve, Math.max(1, (1 - left) * everyMs), true);
  }

  return {
    turn(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          waiting.delete(go);
          reject(signal.reason as Error);
        };
        const go = (): void => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(go);
        if (timer === undefined) serve();
      });
    },
  };
}
