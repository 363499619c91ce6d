import { SallyportError } from "../errors.js";

/** Cuts a byte stream into frame bodies. */
export interface Splitter {
  push(chunk: Uint8Array): void;
  allow(maxBytes: number): void;
  /** Bytes held of a frame that is not complete. */
  readonly held: number;
}

export interface SplitOptions {
  readonly maxBytes: number;
  /** A body, where it lies: in the chunk, or gathered from several. Valid only during this call. */
  onBody(bytes: Uint8Array, start: number, end: number): void;
}

export function tooLarge(what: string, maxBytes: number): SallyportError {
  return new SallyportError("frame_too_large", `${what}; the limit is ${maxBytes} bytes`);
}
