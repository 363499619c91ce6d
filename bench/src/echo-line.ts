import type { Order } from "./order.js";

/** Matches answers to calls by their order: all that a channel which keeps the order needs. */
export interface EchoLine {
  call(order: Order): Promise<Order>;
  answer(order: Order): void;
  /** The other end is gone: whoever waits, or calls later, fails. */
  fail(error: Error): void;
}

interface Waiting {
  resolve(order: Order): void;
  reject(error: Error): void;
}

export function createEchoLine(send: (order: Order) => void): EchoLine {
  const waiting: Waiting[] = [];
  let failed: Error | undefined;
  return {
    call(order) {
      if (failed !== undefined) return Promise.reject(failed);
      send(order);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    answer: (order) => waiting.shift()?.resolve(order),
    fail(error) {
      failed = error;
      for (const each of waiting.splice(0)) each.reject(error);
    },
  };
}
