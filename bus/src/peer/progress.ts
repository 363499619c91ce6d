import type { Clock } from "../clock.js";
import type { Progress } from "../frame.js";

/** Passes on at most ten a second, always the latest, and the last one before the end. */
export interface ProgressValve {
  push(progress: Progress): void;
  close(flush: boolean): void;
}

const GAP_MS = 100;

export function createProgressValve(clock: Clock, deliver: (progress: Progress) => void): ProgressValve {
  let last = -Infinity;
  let held: Progress | undefined;
  let timer: unknown;
  const flush = (): void => {
    timer = undefined;
    if (held === undefined) return;
    const progress = held;
    held = undefined;
    last = clock.now();
    try {
      deliver(progress);
    } catch {
      // A listener's failure is its own; the call goes on.
    }
  };
  return {
    push(progress) {
      held = progress;
      if (timer !== undefined) return;
      const wait = last + GAP_MS - clock.now();
      if (wait <= 0) flush();
      else timer = clock.setTimeout(flush, wait);
    },
    close(deliverLast) {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      if (deliverLast) flush();
    },
  };
}
