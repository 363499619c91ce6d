import { SallyportError } from "@sallyport/bus";
import type { Endowment } from "./endowment.js";

/** The host's own timers, which are never given out: their handles lead to Node's internals. */
export interface HostTimers {
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: never): void;
  setInterval(fn: () => void, ms: number): unknown;
  clearInterval(handle: never): void;
  queueMicrotask(fn: () => void): void;
}

/** Timers with numbers for handles, at most `max` that wait. What a callback throws goes to `fault`, as an uncaught error would. */
export function timers(host: HostTimers, max: number, fault: (thrown: unknown) => void): Endowment {
  const running = new Map<number, () => void>();
  let last = 0;
  let ended = false;

  const guard = (callback: unknown, args: readonly unknown[]): (() => void) => {
    if (typeof callback !== "function") throw new TypeError("the callback of a timer must be a function");
    return () => {
      if (ended) return;
      try {
        (callback as (...args: readonly unknown[]) => unknown)(...args);
      } catch (thrown) {
        fault(thrown);
      }
    };
  };
  /** Before the host's own timer is set, which would have to be cleared again. */
  const admit = (): void => {
    if (running.size < max) return;
    throw new SallyportError("timer_limit", `${running.size} timers wait; the limit is ${max}`, { data: { limit: "timers", allowed: max } });
  };
  const keep = (stop: () => void): number => {
    running.set(++last, stop);
    return last;
  };
  const clear = (id: unknown): void => {
    running.get(id as number)?.();
    running.delete(id as number);
  };
  const later = (callback: unknown, ms: unknown, args: readonly unknown[]): number | undefined => {
    const run = guard(callback, args);
    // Before the id is chosen: the conversion may run guest code, which may set timers of its own.
    const delayMs = Number(ms ?? 0);
    if (ended) return undefined;
    admit();
    const id = last + 1;
    const handle = host.setTimeout(() => {
      running.delete(id);
      run();
    }, delayMs);
    return keep(() => host.clearTimeout(handle as never));
  };

  return {
    globals: {
      setTimeout: (callback: unknown, ms?: unknown, ...args: unknown[]) => later(callback, ms, args),
      setImmediate: (callback: unknown, ...args: unknown[]) => later(callback, 0, args),
      setInterval(callback: unknown, ms?: unknown, ...args: unknown[]) {
        const run = guard(callback, args);
        const delayMs = Number(ms ?? 0);
        if (ended) return undefined;
        admit();
        const handle = host.setInterval(run, delayMs);
        return keep(() => host.clearInterval(handle as never));
      },
      clearTimeout: (id?: unknown) => clear(id),
      clearInterval: (id?: unknown) => clear(id),
      clearImmediate: (id?: unknown) => clear(id),
      queueMicrotask(callback: unknown) {
        const run = guard(callback, []);
        if (!ended) host.queueMicrotask(run);
      },
    },
    end() {
      ended = true;
      for (const stop of running.values()) stop();
      running.clear();
    },
  };
}
