import { SallyportError } from "../errors.js";

const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

/**
 * Decodes bytes some of whose strings begin with U+FEFF, which msgpackr's TextDecoder takes for a byte order
 * mark and drops (bank exports begin so). Each is swapped for a private-use character that no string of
 * the frame begins with, and swapped back in the result. Both are three bytes long, so no length changes.
 */
export function swapMarks(bytes: Uint8Array, marks: readonly number[], decode: (bytes: Uint8Array) => unknown): unknown {
  const stand = unusedCharacter(bytes);
  const copy = bytes.slice();
  for (const at of marks) copy.set(utf8(stand), at);
  return restore(decode(copy), String.fromCharCode(stand));
}

function utf8(code: number): [number, number, number] {
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
}

function unusedCharacter(bytes: Uint8Array): number {
  const used = new Set<number>();
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (bytes[i] === 0xee || bytes[i] === 0xef) used.add((((bytes[i] as number) & 0xf) << 12) | (((bytes[i + 1] as number) & 0x3f) << 6) | ((bytes[i + 2] as number) & 0x3f));
  }
  for (let code = FIRST_PRIVATE; code <= LAST_PRIVATE; code++) if (!used.has(code)) return code;
  throw new SallyportError("protocol_violation", "the msgpack frame has a string that begins with U+FEFF and uses every private-use character");
}

function restore(value: unknown, stand: string): unknown {
  if (typeof value === "string") return value.startsWith(stand) ? `\ufeff${value.slice(1)}` : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => restore(item, stand));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [restore(key, stand), restore(item, stand)]));
}
