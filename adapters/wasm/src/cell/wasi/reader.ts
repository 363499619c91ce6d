import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { ENDED, NEWS, READ, ringOf, WRITTEN } from "./ring.js";

/**
 * What the second thread does: stdin into the ring. By the event loop, since a thread that waits in a call of the system cannot
 * be ended, and the process not with it.
 */
export function readAhead(): void {
  const { words, bytes } = ringOf(workerData as SharedArrayBuffer);
  const tell = (): void => {
    Atomics.add(words, NEWS, 1);
    Atomics.notify(words, NEWS);
  };
  const put = (chunk: Uint8Array): void => {
    for (let from = 0; from < chunk.length; ) {
      const [written, read] = [Atomics.load(words, WRITTEN), Atomics.load(words, READ)];
      const room = bytes.length - ((written - read) | 0);
      if (room === 0) {
        Atomics.wait(words, READ, read);
        continue;
      }
      const at = written & (bytes.length - 1);
      const count = Math.min(room, chunk.length - from, bytes.length - at);
      bytes.set(chunk.subarray(from, from + count), at);
      from += count;
      Atomics.store(words, WRITTEN, (written + count) | 0);
      tell();
    }
  };
  const end = (): void => {
    Atomics.store(words, ENDED, 1);
    tell();
  };
  const stdin = new Socket({ fd: 0, readable: true, writable: false });
  stdin.on("data", put);
  stdin.on("end", end);
  stdin.on("error", end);
}
