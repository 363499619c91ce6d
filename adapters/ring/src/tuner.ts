/**
 * Decides whether polling pays, from what frames cost in time while calls are open: short trials of both ways at
 * doubling distances. Rules from the load alone end up with both sides asleep for good.
 */
export interface Tuner {
  readonly polling: boolean;
  /** So many frames came in so much time with calls open. */
  observe(frames: number, busyMs: number): void;
}

/** A window of a trial is over after so many frames or so much time, whichever is first. */
const WINDOW_FRAMES = 128;
const WINDOW_MS = 4;
/** Both ways in turns, twice each: one disturbed window decides nothing. */
const WINDOWS = 4;
/** Time with calls open between trials. */
const FIRST_DISTANCE_MS = 10;
const LAST_DISTANCE_MS = 1000;
/** Polling takes a CPU, so it has to be this much faster. Under load little is to be won, and little is taken. */
const WORTH = 0.95;

/** `canPoll`: there is more than one CPU. */
export function createTuner(canPoll: boolean): Tuner {
  let settled = canPoll;
  let polling = canPoll;
  let window = WINDOWS;
  let distanceMs = FIRST_DISTANCE_MS;
  let frames = 0;
  let busyMs = 0;
  const best = { polling: Infinity, sleeping: Infinity };

  function start(): void {
    window = 0;
    best.polling = best.sleeping = Infinity;
    polling = !settled;
  }

  function decide(): void {
    const chosen = best.polling < best.sleeping * WORTH;
    distanceMs = chosen === settled ? Math.min(distanceMs * 2, LAST_DISTANCE_MS) : FIRST_DISTANCE_MS;
    settled = polling = chosen;
  }

  return {
    get polling() {
      return polling;
    },
    observe(more, ms) {
      if (!canPoll) return;
      frames += more;
      busyMs += ms;
      const trying = window < WINDOWS;
      if (trying ? frames < WINDOW_FRAMES && busyMs < WINDOW_MS : busyMs < distanceMs) return;
      if (trying) {
        const way = polling ? "polling" : "sleeping";
        best[way] = Math.min(best[way], busyMs / frames);
        polling = !polling;
        if (++window === WINDOWS) decide();
      } else {
        start();
      }
      frames = 0;
      busyMs = 0;
    },
  };
}
