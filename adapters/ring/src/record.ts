import { SallyportError } from "@sallyport/bus";

/**
 * What a ring holds, one after the other: a little-endian word of length and flags, then the bytes, filled up to
 * a whole word, so that no header is ever cut by the ring's end.
 */
export const HEADER_BYTES = 4;

/** The body came by the port, and the record itself is empty. */
export const BODY_BY_PORT = 1;
/** Bytes that belong to the frame came by the port, before its body. */
export const ATTACHED = 2;
export const FLAG_BITS = 2;
export const FLAGS = BODY_BY_PORT | ATTACHED;

/** Larger bodies are transferred: from here on that is cheaper than copying twice, and a ring serves many. */
const INLINE_BYTES = 32 << 10;

/** Most bytes of a body in a ring of `laneBytes`. */
export function inlineBytes(laneBytes: number): number {
  return Math.min(INLINE_BYTES, laneBytes >>> 2);
}

export function recordBytes(bodyBytes: number): number {
  return HEADER_BYTES + ((bodyBytes + 3) & ~3);
}

export function violated(what: string): SallyportError {
  return new SallyportError("protocol_violation", `the ring is broken: ${what}`);
}
