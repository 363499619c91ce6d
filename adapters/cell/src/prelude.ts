/** Largest prelude, bytes: a plugin's code and what it carries. */
export const MAX_PRELUDE_BYTES = 256 << 20;

/** What a cell is told before the first frame: two lengths (u32, big-endian), JSON, and bytes as they are. */
export interface Prelude<Head> {
  readonly head: Head;
  readonly body: Uint8Array;
}

const LENGTHS = 8;

/** Throws `RangeError` for more than 256 MiB. */
export function encodePrelude(head: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const size = LENGTHS + json.length + body.length;
  if (size > MAX_PRELUDE_BYTES) throw new RangeError(`a prelude of ${size} bytes; the most is ${MAX_PRELUDE_BYTES}`);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  view.setUint32(0, json.length);
  view.setUint32(4, body.length);
  out.set(json, LENGTHS);
  out.set(body, LENGTHS + json.length);
  return out;
}

/** Bytes that a prelude has in all, told by its first eight; `undefined` until these are here. */
export function preludeSize(start: Uint8Array): number | undefined {
  if (start.length < LENGTHS) return undefined;
  const view = new DataView(start.buffer, start.byteOffset);
  return LENGTHS + view.getUint32(0) + view.getUint32(4);
}

export function decodePrelude<Head>(bytes: Uint8Array): Prelude<Head> {
  const end = LENGTHS + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTHS, end))) as Head, body: bytes.slice(end) };
}
