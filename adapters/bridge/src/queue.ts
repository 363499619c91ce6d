/** Hands items over later, in order, so that neither side runs inside the other's call. */
export interface Queue<T> {
  push(item: T): void;
  /** Resolves when all that was pushed so far has been handed over. */
  idle(): Promise<void>;
  /** Drops what is queued and all that follows. */
  close(): void;
}

/** Batches that may follow each other as microtasks before timers and I/O get a turn. */
const BURST = 64;
/** Items of one batch: what was pushed in a flood of one side is not handed over in one go. */
const MOST_ITEMS = 4096;

export function createQueue<T>(deliver: (item: T) => void): Queue<T> {
  // Cheaper than queueMicrotask, which makes a resource for async hooks each time.
  const turn = Promise.resolve();
  let waiting: T[] = [];
  let scheduled = false;
  let closed = false;
  let burst = 0;
  const idlers: (() => void)[] = [];

  function flush(): void {
    const batch = waiting.length > MOST_ITEMS ? waiting.slice(0, MOST_ITEMS) : waiting;
    waiting = batch === waiting ? [] : waiting.slice(MOST_ITEMS);
    scheduled = false;
    if (waiting.length > 0) schedule();
    for (const item of batch) if (!closed) deliver(item);
    if (waiting.length === 0) for (const wake of idlers.splice(0)) wake();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // Two sides that answer each other at once would otherwise starve the program's I/O.
    if (++burst < BURST) return void turn.then(flush);
    burst = 0;
    setImmediate(flush);
  }

  return {
    push(item) {
      if (closed) return;
      waiting.push(item);
      schedule();
    },
    idle: () => (waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    close() {
      closed = true;
      waiting = [];
      for (const wake of idlers.splice(0)) wake();
    },
  };
}
