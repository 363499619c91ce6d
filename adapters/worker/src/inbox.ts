import { SallyportError } from "@sallyport/bus";

/**
 * What a thread sends, handed on in portions: a port hands over its whole queue in one turn, so a plugin that
 * floods would keep the host from its timers and from every other plugin.
 */
export interface Inbox {
  push(message: Uint8Array | string): void;
  /** Resolves when all that was pushed has been handed on. */
  idle(): Promise<void>;
  close(): void;
}

/** Messages a turn. */
const PORTION = 256;
/** Bytes that may wait for later turns before the sender counts as flooding. */
const MAX_WAITING_BYTES = 64 << 20;

export function createInbox(take: (message: Uint8Array | string) => void, flooded: (error: SallyportError) => void): Inbox {
  let waiting: (Uint8Array | string)[] = [];
  let bytes = 0;
  let budget = PORTION;
  let turn: NodeJS.Immediate | undefined;
  let closed = false;
  const idlers: (() => void)[] = [];

  function next(): void {
    turn = undefined;
    budget = PORTION;
    const batch = waiting.splice(0, PORTION);
    for (const message of batch) {
      bytes -= message.length;
      budget--;
      if (!closed) take(message);
    }
    if (waiting.length > 0) turn = setImmediate(next);
    else for (const wake of idlers.splice(0)) wake();
  }

  return {
    push(message) {
      if (closed) return;
      // One immediate a turn gives the budget back, and takes what did not fit.
      turn ??= setImmediate(next);
      if (waiting.length === 0 && budget > 0) {
        budget--;
        take(message);
        return;
      }
      waiting.push(message);
      bytes += message.length;
      if (bytes > MAX_WAITING_BYTES) {
        flooded(new SallyportError("resource_exhausted", `the plugin sends faster than the host can read: ${bytes} bytes wait`, { help: "Stream with credit instead of logging or publishing in a loop." }));
      }
    },
    idle: () => (waiting.length === 0 || closed ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    close() {
      closed = true;
      waiting = [];
      for (const wake of idlers.splice(0)) wake();
    },
  };
}
