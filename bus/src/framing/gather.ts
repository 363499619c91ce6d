/**
 * Bytes of one frame that arrives in pieces. Grows by doubling, so a frame in many small chunks costs linear
 * time, and memory follows what came, never what a length field announced.
 */
export interface Gather {
  readonly size: number;
  add(bytes: Uint8Array): void;
  /** What was added; valid until the next `add`. Starts over. */
  take(): Uint8Array;
}

const FIRST_BYTES = 1024;
/** A buffer that one large frame needed is not kept for the small ones after it. */
const KEPT_BYTES = 64 << 10;

export function createGather(): Gather {
  let buffer = new Uint8Array(0);
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(bytes) {
      const needed = size + bytes.length;
      if (needed > buffer.length) {
        const grown = new Uint8Array(Math.max(needed, buffer.length * 2, FIRST_BYTES));
        grown.set(buffer.subarray(0, size));
        buffer = grown;
      }
      buffer.set(bytes, size);
      size = needed;
    },
    take() {
      const taken = buffer.subarray(0, size);
      size = 0;
      if (buffer.length > KEPT_BYTES) buffer = new Uint8Array(0);
      return taken;
    },
  };
}
