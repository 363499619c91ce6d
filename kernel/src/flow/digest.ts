import type { Clock } from "@sallyport/bus";

/** Tells of what a plugin can make happen a million times a second: the first of a second one by one, the rest as a number. */
export interface Digest {
  /** Whether this is to be told by itself; else it is counted, as `times` of it, and told with others when the second is over. */
  admits(times?: number): boolean;
  /** Tells what was counted so far. */
  flush(): void;
}

export interface DigestOptions {
  readonly clock: Clock;
  /** So many in a second by themselves. */
  readonly most: number;
  /** So many more, at most once a second. */
  rest(times: number): void;
}

const WINDOW_MS = 1000;

/** Nothing runs until there is something to count. */
export function createDigest({ clock, most, rest }: DigestOptions): Digest {
  let endsMs = -Infinity;
  let told = 0;
  let held = 0;
  let timer: unknown;

  function flush(): void {
    clock.clearTimeout(timer);
    timer = undefined;
    if (held === 0) return;
    const times = held;
    held = 0;
    // The number is itself one that was told, in the second that begins with it.
    told = 1;
    endsMs = clock.now() + WINDOW_MS;
    rest(times);
  }

  return {
    admits(times = 1) {
      const now = clock.turnNow();
      if (held === 0) {
        if (now >= endsMs) {
          endsMs = now + WINDOW_MS;
          told = 0;
        }
        if (told < most) {
          told++;
          return true;
        }
      }
      held += times;
      timer ??= clock.setTimeout(flush, endsMs - now, true);
      return false;
    },
    flush,
  };
}
