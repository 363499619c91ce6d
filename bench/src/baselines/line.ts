/** Matches answers to calls by their order: all that a channel which keeps the order needs. */
export interface Line {
  call(payload: unknown): Promise<unknown>;
  answer(payload: unknown): void;
  /** The other end is gone: whoever waits, or calls later, fails. */
  fail(error: Error): void;
}

interface Waiting {
  resolve(payload: unknown): void;
  reject(error: Error): void;
}

export function createLine(send: (payload: unknown) => void): Line {
  // A ring: `shift` of an array of 1024 would be the price of the baseline.
  const waiting: (Waiting | undefined)[] = Array.from({ length: 2048 });
  let made = 0;
  let answered = 0;
  let failed: Error | undefined;
  return {
    call(payload) {
      if (failed !== undefined) return Promise.reject(failed);
      send(payload);
      return new Promise((resolve, reject) => {
        waiting[made++ % waiting.length] = { resolve, reject };
      });
    },
    answer(payload) {
      const place = answered++ % waiting.length;
      const first = waiting[place];
      waiting[place] = undefined;
      first?.resolve(payload);
    },
    fail(error) {
      failed = error;
      for (; answered < made; answered++) waiting[answered % waiting.length]?.reject(error);
    },
  };
}
