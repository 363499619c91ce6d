/** Reads a module's bytes in order; throws `MalformedModule` where they end too early or a number is no number. */
export interface Cursor {
  readonly at: number;
  readonly end: number;
  byte(): number;
  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number;
  /** Unsigned LEB128 of at most 64 bits, as far as a number can hold it. */
  u64(): number;
  name(): string;
  skip(bytes: number): void;
}

export class MalformedModule extends Error {}

const MAX_NAME_BYTES = 1024;

export function cursor(bytes: Uint8Array, from = 0, end = bytes.length): Cursor {
  let at = from;
  const byte = (): number => {
    const value = at < end ? bytes[at++] : undefined;
    if (value === undefined) throw new MalformedModule(`the module is cut short at byte ${end}`);
    return value;
  };
  const leb = (mostBytes: number, lastMask: number): number => {
    let value = 0;
    for (let i = 0; i < mostBytes; i++) {
      const next = byte();
      if (i === mostBytes - 1 && (next & ~lastMask) !== 0) break;
      value += (next & 0x7f) * 2 ** (7 * i);
      if (next < 0x80) return value;
    }
    throw new MalformedModule(`byte ${at} is not the end of a number`);
  };
  const skip = (count: number): void => {
    if (count > end - at) throw new MalformedModule(`the module is cut short at byte ${end}`);
    at += count;
  };
  return {
    get at() {
      return at;
    },
    end,
    byte,
    u32: () => leb(5, 0x0f),
    u64: () => leb(10, 0x01),
    name() {
      const length = leb(5, 0x0f);
      if (length > MAX_NAME_BYTES) throw new MalformedModule(`a name of ${length} bytes at byte ${at}`);
      const start = at;
      skip(length);
      return new TextDecoder().decode(bytes.subarray(start, at));
    },
    skip,
  };
}

export function encodeU32(value: number): readonly number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) + 128);
  }
}
