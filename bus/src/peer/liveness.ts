import { SallyportError } from "../errors.js";
import type { PeerContext } from "./context.js";
import { quietly } from "./outgoing.js";

export interface Liveness {
  ping(timeoutMs: number): Promise<void>;
  probe(): void;
  pong(n: number): void;
  close(error: SallyportError): void;
}

export function createLiveness(context: PeerContext): Liveness {
  let last = 0;
  const waiting = new Map<number, { resolve(): void; reject(error: SallyportError): void; timer: unknown }>();
  return {
    ping(timeoutMs) {
      if (context.closed) return Promise.reject(context.closed);
      const n = ++last;
      return new Promise((resolve, reject) => {
        const timer = context.clock.setTimeout(() => {
          waiting.delete(n);
          reject(new SallyportError("stuck", `no answer to a ping within ${timeoutMs} ms`));
        }, timeoutMs);
        waiting.set(n, { resolve, reject, timer });
        quietly(() => context.send({ t: "ping", n }));
      });
    },
    probe() {
      quietly(() => context.send({ t: "ping", n: ++last }));
    },
    pong(n) {
      const waiter = waiting.get(n);
      waiting.delete(n);
      if (waiter === undefined) return;
      context.clock.clearTimeout(waiter.timer);
      waiter.resolve();
    },
    close(error) {
      for (const waiter of waiting.values()) {
        context.clock.clearTimeout(waiter.timer);
        waiter.reject(error);
      }
      waiting.clear();
    },
  };
}
