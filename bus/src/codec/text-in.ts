/** Reads the strings of untrusted bytes; one for each direction of a connection. */
export interface TextReader {
  /** The text in `view` from `at`, which must have `length` bytes there. `undefined`: they are not UTF-8. */
  read(view: DataView, at: number, length: number): string | undefined;
}

/** Text up to this size is read here, byte by byte; beyond it the engine's decoder is faster. */
const SHORT_BYTES = 24;
/** A power of two. Bounds what strings of the past a connection keeps: 512 of 24 bytes. */
const REMEMBERED = 512;

/** Remembers short strings, since keys and codes come again and again: comparing costs less than making. */
export function createTextReader(): TextReader {
  return new RememberingReader();
}

class RememberingReader implements TextReader {
  private readonly known: string[] = Array.from({ length: REMEMBERED }, () => "");
  private decoder: InstanceType<typeof TextDecoder> | undefined;

  read(view: DataView, at: number, length: number): string | undefined {
    if (length > SHORT_BYTES) return this.decode(view, at, length);
    if (length === 0) return "";
    const slot = slotOf(view, at, length);
    const known = this.known[slot] as string;
    if (isSame(known, view, at, length)) return known;
    const text = readAscii(view, at, length);
    if (text === undefined) return this.decode(view, at, length);
    this.known[slot] = text;
    return text;
  }

  private decode(view: DataView, at: number, length: number): string | undefined {
    // Made at first use: a realm without one can still import the bus.
    this.decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return this.decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
    } catch {
      return undefined;
    }
  }
}

/** Length, ends and middle: enough to tell apart what a program repeats, and bounded for what it does not. */
function slotOf(view: DataView, at: number, length: number): number {
  const last = at + length - 1;
  const ends = (view.getUint8(at) << 16) | (view.getUint8(last) << 8) | view.getUint8(at + (length >> 1));
  const inner = (view.getUint8(last - (length > 1 ? 1 : 0)) << 8) | view.getUint8(at + (length >> 2));
  const hash = Math.imul(ends ^ Math.imul(inner, 0x9e3779b1) ^ length, 0x85ebca6b);
  return (hash >>> 16) & (REMEMBERED - 1);
}

function isSame(text: string, view: DataView, at: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== view.getUint8(at + i)) return false;
  return true;
}

/** In pieces of eight, four and one: a call with many arguments is slow after a lockdown, one with few is not. */
function readAscii(view: DataView, at: number, length: number): string | undefined {
  const end = at + length;
  let high = 0;
  for (let i = at; i < end; i++) high |= view.getUint8(i);
  if (high >= 0x80) return undefined;
  let text = "";
  let i = at;
  for (; i + 8 <= end; i += 8) {
    text += String.fromCharCode(
      view.getUint8(i), view.getUint8(i + 1), view.getUint8(i + 2), view.getUint8(i + 3),
      view.getUint8(i + 4), view.getUint8(i + 5), view.getUint8(i + 6), view.getUint8(i + 7),
    );
  }
  for (; i + 4 <= end; i += 4) text += String.fromCharCode(view.getUint8(i), view.getUint8(i + 1), view.getUint8(i + 2), view.getUint8(i + 3));
  for (; i < end; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}
