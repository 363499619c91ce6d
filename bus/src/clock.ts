/** Time as the bus sees it: monotonic, and replaceable so that tests own it. */
export interface Clock {
  /** ms since some fixed point. Never goes back. */
  now(): number;
  /**
   * Calls `fn` after `ms`. It keeps the process alive, since an open call must end in a result or an error;
   * a `background` timer (idle stop, cool-down) does not.
   */
  setTimeout(fn: () => void, ms: number, background?: boolean): unknown;
  clearTimeout(handle: unknown): void;
}

const MAX_DELAY_MS = 2 ** 31 - 1;

/** Monotonic time and timers of the running engine. */
export function systemClock(): Clock {
  const { performance, setTimeout, clearTimeout } = globalThis as unknown as {
    performance: { now(): number };
    setTimeout(fn: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  };
  return {
    now: () => performance.now(),
    setTimeout: (fn, ms, background) => {
      // Beyond it, engines fire at once.
      const handle = setTimeout(fn, Math.min(ms, MAX_DELAY_MS));
      if (background === true) (handle as { unref?(): void }).unref?.();
      return handle;
    },
    clearTimeout: (handle) => clearTimeout(handle),
  };
}
