/** The sending side of credit: one `take` for each item, which waits until the receiver has room. */
export interface Gate {
  give(credit: number): void;
  /** Resolves when an item may be sent. Rejects with the error given to `fail`. */
  take(): Promise<void>;
  /** Takes one if there is one now. */
  tryTake(): boolean;
  /** `error` is made only if someone is told: most gates end with nobody waiting. */
  fail(error: () => unknown): void;
}

export function createGate(initial: number): Gate {
  let credit = initial;
  let failure: (() => unknown) | undefined;
  const waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  return {
    give(n) {
      credit += n;
      while (credit > 0 && waiting.length > 0) {
        credit--;
        waiting.shift()?.resolve();
      }
    },
    take() {
      if (failure) return Promise.reject(failure() as Error);
      // Those who wait go first: items keep the order in which they were written.
      if (credit > 0 && waiting.length === 0) {
        credit--;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    tryTake() {
      if (failure || credit === 0) return false;
      credit--;
      return true;
    },
    fail(error) {
      failure ??= error;
      for (const waiter of waiting.splice(0)) waiter.reject(error());
    },
  };
}
