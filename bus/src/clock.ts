/** Time as the bus sees it: monotonic, and replaceable so that tests own it. */
export interface Clock {
  /** ms since some fixed point. Never goes back. */
  now(): number;
  /** As `now`, but read once for all that one turn of the loop does: for what is counted in ms and happens a million times a second. */
  turnNow(): number;
  /**
   * Calls `fn` after `ms`. It keeps the process alive, since an open call must end in a result or an error;
   * a `background` timer (idle stop, cool-down) does not.
   */
  setTimeout(fn: () => void, ms: number, background?: boolean): unknown;
  clearTimeout(handle: unknown): void;
  /** Changes whether a timer that has not fired keeps the process alive. */
  keepAlive?(handle: unknown, on: boolean): void;
}

const MAX_DELAY_MS = 2 ** 31 - 1;

interface EngineTimer { ref?(): void; unref?(): void }

/** Monotonic time and timers of the running engine. */
export function systemClock(): Clock {
  const { performance, setTimeout, clearTimeout } = globalThis as unknown as {
    performance: { now(): number };
    setTimeout(fn: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  };
  let turn: number | undefined;
  // Node's queueMicrotask makes a resource for async hooks each time; a promise does not.
  const resolved = Promise.resolve();
  // It runs before the loop can take up anything else, and after what the turn has begun by then.
  const endTurn = (): void => void (turn = undefined);
  return {
    now: () => performance.now(),
    turnNow() {
      if (turn === undefined) {
        turn = performance.now();
        void resolved.then(endTurn);
      }
      return turn;
    },
    setTimeout: (fn, ms, background) => {
      // Beyond it, engines fire at once.
      const handle = setTimeout(fn, Math.min(ms, MAX_DELAY_MS));
      if (background === true) (handle as EngineTimer).unref?.();
      return handle;
    },
    clearTimeout: (handle) => clearTimeout(handle),
    keepAlive(handle, on) {
      if (on) (handle as EngineTimer).ref?.();
      else (handle as EngineTimer).unref?.();
    },
  };
}
