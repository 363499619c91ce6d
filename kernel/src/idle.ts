import type { Clock } from "@sallyport/bus";

/** Stops what had nothing to do for a while. */
export interface IdleWatch {
  /** There was something to do: the idle clock starts again. */
  touch(): void;
  stop(): void;
}

export interface IdleOptions {
  readonly clock: Clock;
  /** `undefined`: never. */
  readonly idleStopMs: number | undefined;
  /** There is something that could stop. */
  lives(): boolean;
  busy(): boolean;
  retire(): void;
}

export function createIdleWatch({ clock, idleStopMs, lives, busy, retire }: IdleOptions): IdleWatch {
  let timer: unknown;
  let touchedMs = 0;

  function touch(): void {
    if (idleStopMs === undefined) return;
    // A timer for each call would cost more than the call: this one is set again when it finds that there was work.
    touchedMs = clock.turnNow();
    timer ??= watch(idleStopMs, idleStopMs);
  }

  function watch(idleMs: number, afterMs: number): unknown {
    return clock.setTimeout(() => {
      timer = undefined;
      if (!lives()) return;
      if (busy()) return touch();
      const leftMs = touchedMs + idleMs - clock.now();
      if (leftMs > 0) timer = watch(idleMs, leftMs);
      else retire();
    }, afterMs, true);
  }

  return {
    touch,
    stop() {
      clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}
