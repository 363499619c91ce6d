/** Time as the bus sees it: monotonic, and replaceable so that tests own it. */
export interface Clock {
  /** ms since some fixed point. Never goes back. */
  now(): number;
  /** Calls `fn` after `ms`. Must not keep a process alive by itself. */
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Monotonic time and unreferenced timers of the running engine. */
export function systemClock(): Clock {
  const { performance, setTimeout, clearTimeout } = globalThis as unknown as {
    performance: { now(): number };
    setTimeout(fn: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  };
  return {
    now: () => performance.now(),
    setTimeout: (fn, ms) => {
      const handle = setTimeout(fn, ms);
      (handle as { unref?(): void }).unref?.();
      return handle;
    },
    clearTimeout: (handle) => clearTimeout(handle),
  };
}
