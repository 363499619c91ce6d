/** Longest that the event loop is kept awake after the last progress, ms. */
const LOOK_MS = 0.1;
/** Waits that a trial takes, and that it is compared with. */
const TRIAL_WAITS = 16;
/** Waits between trials; doubled by each that changes nothing. */
const FIRST_DISTANCE = 64;
const LAST_DISTANCE = 8192;
/** A wait counts for no more, ms: what is slow by itself says nothing about being woken. */
const MOST_COUNTED_MS = 0.3;
/** What looking must make of the time without it, and the most that sleeping may. */
const WORTH_LOOKING = 0.9;
const GOOD_ENOUGH_ASLEEP = 1.05;

/**
 * Keeps an event loop from sleeping for a moment while input is due. Where a CPU is free this is faster than to
 * be woken; where it is not, it takes the other side's. Nothing local tells the two apart, so each post tries
 * both and compares how long it waited. One chain of turns serves all posts.
 */
export interface Lookout {
  post(): Post;
}

/** One connection. */
export interface Post {
  /** Something was sent or came in, and more is due. */
  expect(): void;
  /** Input came. */
  met(): void;
  /** Nothing is due any more. */
  rest(): void;
}

/** `cpus`: how many this process may use. With one, looking would keep the answer from being made. */
export function createLookout(cpus: number): Lookout {
  const looking = new Set<Watch>();
  let turning = false;

  function turn(): void {
    const nowMs = performance.now();
    for (const watch of looking) if (nowMs > watch.sinceMs + LOOK_MS) looking.delete(watch);
    if (looking.size > 0) setImmediate(turn);
    else turning = false;
  }

  return {
    post() {
      const watch = new Watch();
      return {
        expect() {
          if (cpus < 2) return;
          watch.sinceMs = performance.now();
          if (!watch.looks) return;
          looking.add(watch);
          if (turning) return;
          turning = true;
          setImmediate(turn);
        },
        met() {
          if (watch.sinceMs === 0) return;
          watch.judge(performance.now() - watch.sinceMs);
          watch.sinceMs = 0;
          looking.delete(watch);
        },
        rest() {
          watch.sinceMs = 0;
          looking.delete(watch);
        },
      };
    },
  };
}

class Watch {
  /** When the wait began; 0: nothing is due. */
  sinceMs = 0;
  looks = false;
  private trying = false;
  private distance = FIRST_DISTANCE;
  /** Waits until the next trial begins or this one ends. */
  private left = TRIAL_WAITS;
  private sumMs = 0;
  private compareMs = 0;

  judge(waitedMs: number): void {
    if (this.left <= TRIAL_WAITS) this.sumMs += Math.min(waitedMs, MOST_COUNTED_MS);
    if (--this.left > 0) return;
    const better = this.sumMs < this.compareMs * (this.looks ? WORTH_LOOKING : GOOD_ENOUGH_ASLEEP);
    if (this.trying) this.distance = better ? FIRST_DISTANCE : Math.min(2 * this.distance, LAST_DISTANCE);
    // Into the trial, and out of it unless it was better.
    if (!this.trying || !better) this.looks = !this.looks;
    this.trying = !this.trying;
    this.left = this.trying ? TRIAL_WAITS : this.distance;
    this.compareMs = this.sumMs;
    this.sumMs = 0;
  }
}
