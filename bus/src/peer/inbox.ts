/** The receiving side of credit: items wait here until they are read; reading them gives credit back. */
export interface Inbox {
  readonly items: AsyncIterableIterator<unknown>;
  /** `false`: the sender had no credit left. */
  push(item: unknown): boolean;
  /** No more items; what is here can still be read. */
  end(): void;
  /** As `end`, then the reader gets `error`. With `now`, unread items are dropped. */
  fail(error: unknown, now?: boolean): void;
}

export interface InboxOptions {
  /** Items taken ahead: the bound on what waits here. */
  readonly credit: number;
  /** Credit already announced to the sender when the inbox was made. */
  readonly announced: number;
  /** Tells the sender that it may send `n` more. */
  grant(n: number): void;
  /** The reader left before the end. */
  left?(): void;
}

export function createInbox(options: InboxOptions): Inbox {
  let queue: unknown[] = [];
  let head = 0;
  const readers: { resolve(result: IteratorResult<unknown>): void; reject(error: unknown): void }[] = [];
  let outstanding = options.announced;
  let taken = options.credit - options.announced;
  let end: { error?: unknown } | undefined;
  let over = false;

  /** Not `shift`, which moves all that waits. */
  const pull = (): unknown => {
    const value = queue[head++];
    if (head === queue.length) drop();
    return value;
  };
  const drop = (): void => {
    queue = [];
    head = 0;
  };
  const topUp = (): void => {
    // At half: a frame for every item would double the traffic, none until empty would stop the sender.
    if (end !== undefined || taken === 0 || taken * 2 < options.credit) return;
    const n = taken;
    taken = 0;
    outstanding += n;
    options.grant(n);
  };
  const finish = (): Promise<IteratorResult<unknown>> => {
    const failed = end !== undefined && "error" in end && !over;
    over = true;
    return failed ? Promise.reject(end?.error as Error) : Promise.resolve({ done: true, value: undefined });
  };
  const settle = (): void => {
    while (end !== undefined && head === queue.length && readers.length > 0) {
      const reader = readers.shift();
      void finish().then(reader?.resolve, reader?.reject);
    }
  };

  return {
    items: {
      [Symbol.asyncIterator]() {
        return this;
      },
      next() {
        topUp();
        if (head < queue.length) {
          const value = pull();
          taken++;
          topUp();
          return Promise.resolve({ done: false, value });
        }
        if (over || end !== undefined) return finish();
        return new Promise((resolve, reject) => readers.push({ resolve, reject }));
      },
      return() {
        if (!over) {
          over = true;
          const early = end === undefined;
          end ??= {};
          drop();
          settle();
          if (early) options.left?.();
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    },
    push(item) {
      if (end !== undefined) return true;
      if (outstanding === 0) return false;
      outstanding--;
      const reader = readers.shift();
      if (reader === undefined) queue.push(item);
      else {
        taken++;
        reader.resolve({ done: false, value: item });
        topUp();
      }
      return true;
    },
    end() {
      end ??= {};
      settle();
    },
    fail(error, now = false) {
      if (now && !over) {
        drop();
        end = { error };
      }
      end ??= { error };
      settle();
    },
  };
}
