import { Worker } from "node:worker_threads";
import { readSome } from "@sallyport/cell/inside";
import { ENDED, NEWS, READ, RING_BYTES, ringOf, WRITTEN, type Ring } from "./ring.js";

/** stdin of a program: read by this thread, or by a second one as soon as the program waits for more than stdin alone. */
export interface Stdin {
  /** `undefined`: nothing is there, and `wait` is false; 0: the end. */
  read(into: Uint8Array, wait: boolean): number | undefined;
  /** Whether a read would not wait. Starts the second thread. */
  ready(): { readonly bytes: number; readonly ended: boolean } | undefined;
  /** Waits for input or so long, ms. */
  wait(ms: number): void;
}

/** A second engine reserves room for code as if it were alone, and that counts as memory of the cell. */
const SMALL = { codeRangeSizeMb: 16, maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 };

export function createStdin(): Stdin {
  let ring: Ring | undefined;
  const ahead = (): Ring => {
    if (ring !== undefined) return ring;
    ring = ringOf(new SharedArrayBuffer(RING_BYTES));
    // This file once more: a cell can read no other.
    const worker = new Worker(process.argv[1] ?? "", { workerData: ring.shared, env: {}, execArgv: [], stdin: false, stdout: false, stderr: false, resourceLimits: SMALL });
    worker.unref();
    return ring;
  };
  const available = ({ words }: Ring): number => (Atomics.load(words, WRITTEN) - Atomics.load(words, READ)) | 0;
  const ready: Stdin["ready"] = () => {
    const from = ahead();
    // The end first: what was written before it is seen then too.
    const ended = Atomics.load(from.words, ENDED) === 1;
    const bytes = available(from);
    return bytes > 0 || ended ? { bytes, ended: ended && bytes === 0 } : undefined;
  };
  const wait: Stdin["wait"] = (ms) => {
    const { words } = ahead();
    const news = Atomics.load(words, NEWS);
    if (ready() === undefined) Atomics.wait(words, NEWS, news, ms);
  };
  return {
    ready,
    wait,
    read(into, mayWait) {
      if (ring === undefined && mayWait) return readSome(0, into);
      const from = ahead();
      for (;;) {
        const found = ready();
        if (found !== undefined) return found.ended || into.length === 0 ? 0 : taken(from, into, found.bytes);
        if (!mayWait) return undefined;
        wait(Infinity);
      }
    },
  };
}

function taken({ words, bytes }: Ring, into: Uint8Array, available: number): number {
  const count = Math.min(available, into.length);
  const read = Atomics.load(words, READ);
  const at = read & (bytes.length - 1);
  const first = Math.min(count, bytes.length - at);
  into.set(bytes.subarray(at, at + first));
  into.set(bytes.subarray(0, count - first), first);
  Atomics.store(words, READ, (read + count) | 0);
  Atomics.notify(words, READ);
  return count;
}
