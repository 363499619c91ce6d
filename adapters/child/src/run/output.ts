import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";

/** What a program prints, as fast as somebody takes it: what nobody takes stays in the pipe, and the program waits. */
export interface Output {
  /** The next bytes; `undefined` at the end. One caller at a time. */
  next(): Promise<Uint8Array | undefined>;
  /** The program has ended: whoever still holds the pipe is not waited for, what is in it can still be taken. */
  hurry(): void;
  /** Nothing is taken any more. */
  close(): void;
}

/** After the end: so long without a byte is the end of the output, ms. */
const QUIET_MS = 150;
/** After the end: the most that is waited for in all, ms, and taken, bytes. No pipe holds as much. */
const LAST_WAIT_MS = 2000;
const LAST_BYTES = 4 << 20;

export function createOutput(stdout: Readable): Output {
  let gone = false;
  let over = false;
  let waitedMs = 0;
  let lastBytes = 0;
  let wake: () => void = () => {};
  const onChange = (): void => wake();
  // From the start: a stream that nobody reads is emptied by Node itself when its process ends.
  for (const event of ["readable", "end", "close"]) stdout.on(event, onChange);

  function finish(): void {
    over = true;
    stdout.destroy();
  }

  async function change(): Promise<void> {
    const startedMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const timedOut = await new Promise<boolean>((resolve) => {
      wake = () => resolve(false);
      if (gone) timer = setTimeout(() => resolve(true), Math.min(QUIET_MS, Math.max(1, LAST_WAIT_MS - waitedMs)));
    });
    clearTimeout(timer);
    wake = () => {};
    // A host that was busy meanwhile has not looked at the pipe: that is no wait.
    if (timer !== undefined) waitedMs += Math.min(performance.now() - startedMs, QUIET_MS);
    // Timers come before I/O: what is in the pipe by now is not late.
    if (timedOut) await setImmediate();
    if ((timedOut || waitedMs > LAST_WAIT_MS) && stdout.readableLength === 0) finish();
  }

  return {
    async next() {
      while (!over) {
        const chunk = stdout.read() as Uint8Array | null;
        if (chunk !== null) {
          if (gone) lastBytes += chunk.byteLength;
          if (lastBytes > LAST_BYTES) finish();
          return chunk;
        }
        if (stdout.readableEnded || stdout.destroyed) over = true;
        else await change();
      }
      return undefined;
    },
    hurry() {
      gone = true;
      wake();
    },
    close() {
      finish();
      wake();
    },
  };
}
