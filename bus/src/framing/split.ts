import { SallyportError } from "../errors.js";

/** Cuts a byte stream into frame bodies. A body is valid only during its callback. */
export interface Splitter {
  push(chunk: Uint8Array): void;
  allow(maxBytes: number): void;
  /** Bytes held of a frame that is not complete. */
  readonly held: number;
}

export interface SplitOptions {
  readonly maxBytes: number;
  onBody(body: Uint8Array): void;
}

export function tooLarge(what: string, maxBytes: number): SallyportError {
  return new SallyportError("frame_too_large", `${what}; the limit is ${maxBytes} bytes`);
}
