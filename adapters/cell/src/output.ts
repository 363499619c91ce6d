import { writeAll } from "./blocking.js";

/** So much leaves before the input is used up: the host begins while the rest is answered. */
const WRITE_BYTES = 4 << 10;

/** Frames on their way to the host. The guest waits here when the host does not read: nothing is queued without bound. */
export interface Output {
  write(parts: readonly Uint8Array[]): void;
  flush(): void;
}

export function createOutput(descriptor: number): Output {
  const waiting = new Uint8Array(2 * WRITE_BYTES);
  let size = 0;
  const flush = (): void => {
    if (size > 0) writeAll(descriptor, waiting.subarray(0, size));
    size = 0;
  };
  return {
    flush,
    write(parts) {
      for (const part of parts) {
        if (size + part.length > waiting.length) flush();
        if (part.length > waiting.length) writeAll(descriptor, part);
        else {
          waiting.set(part, size);
          size += part.length;
        }
      }
      if (size >= WRITE_BYTES) flush();
    },
  };
}
