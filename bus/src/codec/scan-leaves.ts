import { TIME_MAX_MS, TIME_MIN_MS } from "../value.js";

const TIMESTAMP = -1;

/** What is wrong with an extension whose header follows `tag`: anything but a timestamp within the years 0000 to 9999. */
export function checkTimestamp(tag: number, view: DataView, pos: number): string | undefined {
  // Timestamp 96 is ext 8 with length 12, then the type; the fixed forms begin with the type.
  const at = tag === 0xc7 ? pos + 1 : pos;
  if (view.getInt8(at) !== TIMESTAMP || (tag === 0xc7 && view.getUint8(pos) !== 12)) {
    return "has an extension; only the timestamp extension is allowed";
  }
  if (tag === 0xd6) return undefined;
  const nanos = tag === 0xd7 ? view.getUint32(at + 1) >>> 2 : view.getUint32(at + 1);
  if (nanos > 999_999_999) return "has a timestamp with more than 999999999 nanoseconds";
  if (tag === 0xd7) return undefined;
  const seconds = view.getBigInt64(at + 5);
  return seconds < BigInt(TIME_MIN_MS / 1000) || seconds > BigInt(Math.floor(TIME_MAX_MS / 1000)) ? "has a timestamp outside the years 0000 to 9999" : undefined;
}

/** Whether the bytes are UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF. */
export function checkUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end) {
    const lead = bytes[i++] as number;
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (i + more > end) return false;
    const second = bytes[i] as number;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let k = 1; k < more; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return false;
    i += more;
  }
  return true;
}

const PROTO: readonly number[] = Array.from("__proto__", (letter) => letter.charCodeAt(0));

export function isProto(bytes: Uint8Array, pos: number, length: number): boolean {
  if (length !== PROTO.length || bytes[pos] !== 0x5f) return false;
  return PROTO.every((code, i) => bytes[pos + i] === code);
}
