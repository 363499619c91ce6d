/** Work of several links, done in turns of the host's event loop: one immediate for all of them, none while there is nothing to do. */
export interface Turns {
  /** Has `worker` called once a turn, from the next one on, until it returns `false`. It must not be in already. */
  join(worker: Worker): void;
  /**
   * The same, but `worker` has its first turn now if the event loop came around not long ago. A port hands over up to
   * a thousand messages in a row: answered at once and for ever, they would keep timers waiting.
   */
  joinNow(worker: Worker): void;
}

export interface Worker {
  /** Works until `untilMs` at the latest; returns whether it wants another turn. */
  turn(nowMs: number, untilMs: number): boolean;
}

/** Longest that all links together keep the event loop in one turn. */
const TURN_MS = 1;
/** Longest that one worker takes of an event that is not the turn itself. */
const AT_ONCE_MS = 0.2;

export function createTurns(nowMs: () => number): Turns {
  let workers: Worker[] = [];
  let running = false;
  /** When the event loop came around for the last time that is known. */
  let cameAroundMs = -Infinity;

  function run(): void {
    const startedAt = nowMs();
    cameAroundMs = startedAt;
    const until = startedAt + TURN_MS;
    const mine = workers;
    workers = [];
    let served = 0;
    const staying: Worker[] = [];
    for (let now = startedAt; served < mine.length && now < until; served++) {
      const worker = mine[served] as Worker;
      if (worker.turn(now, until)) staying.push(worker);
      if (mine.length > 1) now = nowMs();
    }
    // Those that had no time come first in the next turn, then those that joined, then those that had some.
    workers = workers.length === 0 && served === mine.length ? staying : [...mine.slice(served), ...workers, ...staying];
    running = workers.length > 0;
    if (running) setImmediate(run);
  }

  function join(worker: Worker): void {
    workers.push(worker);
    if (running) return;
    running = true;
    setImmediate(run);
  }

  return {
    join,
    joinNow(worker) {
      const now = nowMs();
      if (running || now - cameAroundMs >= TURN_MS || worker.turn(now, now + AT_ONCE_MS)) join(worker);
    },
  };
}
