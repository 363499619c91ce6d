/** Bytes from the thread that reads stdin to the one that runs the program: one writer, one reader. */
export interface Ring {
  readonly shared: SharedArrayBuffer;
  readonly words: Int32Array;
  /** A power of two. */
  readonly bytes: Uint8Array;
}

/** Bytes written and read since the start, modulo 2^32; whether stdin has ended; a number that changes with either, to wait for. */
export const WRITTEN = 0;
export const READ = 1;
export const ENDED = 2;
export const NEWS = 3;

const HEAD_BYTES = 64;
export const RING_BYTES = HEAD_BYTES + (128 << 10);

export function ringOf(shared: SharedArrayBuffer): Ring {
  return { shared, words: new Int32Array(shared, 0, HEAD_BYTES / 4), bytes: new Uint8Array(shared, HEAD_BYTES) };
}
