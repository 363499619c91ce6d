/**
 * A buffer that grows. Writers call `reserve(n)`, store at `size`, then move `size`. They store through `view`, or with
 * `bytes.set`: after a lockdown on Node 20 an indexed store costs twenty times as much.
 */
export interface Bytes {
  /** Replaced when it grows, with `view`: never keep one over a `reserve`. */
  bytes: Uint8Array;
  view: DataView;
  /** Bytes written. */
  size: number;
  /** Makes room for `n` more bytes. */
  reserve(n: number): void;
}

export function createBytes(initialBytes = 1024): Bytes {
  return new Growing(initialBytes);
}

class Growing implements Bytes {
  bytes: Uint8Array;
  view: DataView;
  size = 0;

  constructor(initialBytes: number) {
    this.bytes = new Uint8Array(initialBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  reserve(n: number): void {
    if (this.size + n > this.bytes.length) this.grow(this.size + n);
  }

  private grow(neededBytes: number): void {
    const grown = new Uint8Array(Math.max(neededBytes, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
