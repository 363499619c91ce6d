/** The part of AbortSignal that the bus uses. A real AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface CancelController {
  readonly signal: CancelSignal;
  abort(reason: unknown): void;
}

/**
 * A controller of plain frozen objects. Hardened guests get this one: a host AbortSignal would hand them
 * prototypes that the runtime itself relies on. Trusted code gets the engine's own, which `fetch` accepts.
 */
export function plainController(): CancelController {
  let aborted = false;
  let reason: unknown;
  const listeners = new Set<() => void>();
  const signal: CancelSignal = Object.freeze({
    get aborted() {
      return aborted;
    },
    get reason() {
      return reason;
    },
    throwIfAborted() {
      if (aborted) throw reason;
    },
    addEventListener(_type: "abort", listener: () => void) {
      if (!aborted) listeners.add(listener);
    },
    removeEventListener(_type: "abort", listener: () => void) {
      listeners.delete(listener);
    },
  });
  return {
    signal,
    abort(why) {
      if (aborted) return;
      aborted = true;
      reason = why;
      for (const listener of [...listeners]) {
        try {
          listener();
        } catch {
          // A listener's failure is its own: the others still hear of the abort.
        }
      }
      listeners.clear();
    },
  };
}
