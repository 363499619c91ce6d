import { SallyportError } from "@sallyport/bus";

/** How bytes of a field end. 3 and 4 are groups, which nobody sends any more and which nest without a length. */
export type WireType = 0 | 1 | 2 | 5;

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF8 = new TextEncoder();

/** Reads one message. Every read stays inside of it, or throws. */
export interface WireReader {
  readonly done: boolean;
  tag(): { readonly number: number; readonly wire: WireType };
  /** As 64 bits without a sign. */
  varint(): bigint;
  fixed32(): DataView;
  fixed64(): DataView;
  /** A view of the message's own bytes. */
  bytes(): Uint8Array;
  text(): string;
  skip(wire: WireType): void;
}

export function broken(what: string): SallyportError {
  return new SallyportError("internal", `the message is no protobuf of its type: ${what}`, { help: "Give the plugin's own proto files; their types have to be those that it was built with." });
}

export function createWireReader(given: Uint8Array): WireReader {
  // Of a Buffer, `slice` would be a view and no copy.
  const from = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  let at = 0;
  const take = (length: number): number => {
    if (length > from.byteLength - at) throw broken(`it ends in the middle of a field, at byte ${at}`);
    at += length;
    return at - length;
  };
  const varint = (): bigint => {
    const first = from[at];
    // Most are small: one byte.
    if (first !== undefined && first < 0x80) {
      at++;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = from[take(1)] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw broken(`a number has more than ten bytes, at byte ${at}`);
  };
  const length = (): number => {
    const value = varint();
    if (value > BigInt(from.byteLength - at)) throw broken(`a field announces ${value} bytes and ${from.byteLength - at} are left`);
    return Number(value);
  };
  const bytes = (): Uint8Array => {
    const size = length();
    const start = take(size);
    return from.subarray(start, start + size);
  };
  return {
    get done() {
      return at >= from.byteLength;
    },
    tag() {
      const key = varint();
      const number = Number(key >> 3n);
      const wire = Number(key & 7n);
      if (key > 0xffffffffn || number === 0) throw broken(`there is no field ${key >> 3n}`);
      if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw broken(`field ${number} is of wire type ${wire}`);
      return { number, wire };
    },
    varint,
    fixed32: () => new DataView(view.buffer, view.byteOffset + take(4), 4),
    fixed64: () => new DataView(view.buffer, view.byteOffset + take(8), 8),
    bytes,
    text() {
      try {
        return TEXT.decode(bytes());
      } catch (cause) {
        throw cause instanceof SallyportError ? cause : broken("a text is not UTF-8");
      }
    },
    skip(wire) {
      if (wire === 0) varint();
      else if (wire === 2) bytes();
      else take(wire === 1 ? 8 : 4);
    },
  };
}

/** Grows as it is written to. */
export interface WireWriter {
  tag(number: number, wire: WireType): void;
  varint(value: bigint | number): void;
  fixed(width: 4 | 8, put: (view: DataView) => void): void;
  /** With its length in front. */
  bytes(value: Uint8Array): void;
  text(value: string): void;
  finish(): Uint8Array;
}

export function createWireWriter(): WireWriter {
  let out = new Uint8Array(64);
  let size = 0;
  const room = (more: number): void => {
    if (size + more <= out.byteLength) return;
    const grown = new Uint8Array(Math.max(out.byteLength * 2, size + more));
    grown.set(out.subarray(0, size));
    out = grown;
  };
  const varint = (value: bigint | number): void => {
    room(10);
    if (typeof value === "number" && value >= 0 && value < 0x80) return void (out[size++] = value);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      out[size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    out[size++] = Number(rest);
  };
  const bytes = (value: Uint8Array): void => {
    varint(value.byteLength);
    room(value.byteLength);
    out.set(value, size);
    size += value.byteLength;
  };
  return {
    tag: (number, wire) => varint(number * 8 + wire),
    varint,
    fixed(width, put) {
      room(width);
      put(new DataView(out.buffer, size, width));
      size += width;
    },
    bytes,
    text: (value) => bytes(UTF8.encode(value)),
    finish: () => out.subarray(0, size),
  };
}
