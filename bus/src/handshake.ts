import type { Codec } from "./codec/codec.js";
import { SallyportError } from "./errors.js";

/** Longest handshake line, bytes, with its newline. */
export const HANDSHAKE_BYTES = 256;
const EXCERPT_BYTES = 80;
const NEWLINE = 0x0a;
const PREFIX = "SALLYPORT/";
const LINE = /^SALLYPORT\/([1-9][0-9]{0,4}) ([a-z][a-z0-9_-]{0,31})$/;

export interface Handshake {
  readonly codec: Codec;
  readonly major: number;
  /** What followed the line: the first bytes of frames. A view of the chunk, to be used at once. */
  readonly rest: Uint8Array;
}

/** Reads the first line of a plugin. A text line, so that it can be read in a terminal and written by `printf`. */
export interface HandshakeReader {
  /** `undefined`: the line is not complete. Throws `bad_handshake` quoting the first 80 bytes, `version_mismatch`. */
  push(chunk: Uint8Array): Handshake | undefined;
  /** The stream is over, or the wait for it: throws `bad_handshake` with what came. */
  end(): never;
}

export function createHandshakeReader(options: { readonly codecs: readonly Codec[]; readonly majors: readonly number[] }): HandshakeReader {
  const seen = new Uint8Array(HANDSHAKE_BYTES);
  let size = 0;
  return {
    push(chunk) {
      const before = size;
      const part = chunk.subarray(0, HANDSHAKE_BYTES - size);
      seen.set(part, size);
      size += part.length;
      const end = seen.subarray(0, size).indexOf(NEWLINE);
      const excerpt = seen.subarray(0, Math.min(size, EXCERPT_BYTES));
      // Without a line end, a wrong start is reported as soon as there is enough of it to quote.
      if (end < 0 && (size === HANDSHAKE_BYTES || (size >= EXCERPT_BYTES && !startsWell(seen, size)))) throw notALine(excerpt);
      if (end < 0) return undefined;
      const text = ascii(seen.subarray(0, seen[end - 1] === 0x0d ? end - 1 : end));
      const [, major, name] = LINE.exec(text) ?? [];
      if (major === undefined) throw notALine(excerpt);
      return { ...choose(options, Number(major), name as string), rest: chunk.subarray(end + 1 - before) };
    },
    end() {
      throw size === 0 ? new SallyportError("bad_handshake", "the plugin closed its output without writing anything") : notALine(seen.subarray(0, Math.min(size, EXCERPT_BYTES)));
    },
  };
}

/** The line that a plugin speaking `codec` begins with. */
export function handshakeLine(codec: Codec, major = 1): Uint8Array {
  return Uint8Array.from(`${PREFIX}${major} ${codec.name}\n`, (letter) => letter.charCodeAt(0));
}

function choose(options: { readonly codecs: readonly Codec[]; readonly majors: readonly number[] }, major: number, name: string): { codec: Codec; major: number } {
  if (!options.majors.includes(major)) {
    throw new SallyportError("version_mismatch", `the plugin speaks protocol major ${major}; this host speaks ${options.majors.join(" and ")}`);
  }
  const codec = options.codecs.find((one) => one.name === name);
  if (codec === undefined) {
    throw new SallyportError("bad_handshake", `the plugin chose the codec '${name}'; this host has ${options.codecs.map((one) => `'${one.name}'`).join(" and ")}`);
  }
  return { codec, major };
}

function startsWell(bytes: Uint8Array, size: number): boolean {
  return ascii(bytes.subarray(0, Math.min(size, PREFIX.length))) === PREFIX.slice(0, size);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function notALine(bytes: Uint8Array): SallyportError {
  return new SallyportError("bad_handshake", `expected the line 'SALLYPORT/1 json' or 'SALLYPORT/1 msgpack', got "${quote(bytes)}"${hint(bytes)}`);
}

/** Printable ASCII as it is, the rest as `\xNN`: what a plugin printed must not drive the reader's terminal. */
function quote(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("");
}

function hint(bytes: Uint8Array): string {
  if (bytes[0] === 0x7b) return "; frames follow only after that line";
  if (bytes[0] === 0xef && bytes[1] === 0xbb) return "; write it without a byte order mark";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0) return "; write it as ASCII, not UTF-16";
  return "";
}
