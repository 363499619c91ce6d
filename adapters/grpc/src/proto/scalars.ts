import { SallyportError } from "@sallyport/bus";
import type { Scalar } from "./schema.js";
import { broken, type WireReader, type WireType, type WireWriter } from "./wire.js";

interface ScalarKind {
  readonly wire: WireType;
  readonly zero: unknown;
  /** What it takes, for messages: `an integer from 0 to 255`. */
  readonly takes: string;
  read(from: WireReader): unknown;
  /** `false`: the value is not one of this type. */
  write(to: WireWriter, value: unknown): boolean;
}

/** 64 bits as a number where that is exact, as everywhere in the data model. */
function fit(value: bigint): number | bigint {
  if (value >= 2n ** 63n) throw broken("an unsigned number is beyond 63 bits, which no value here can be");
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}

const signed = (bits: number, value: bigint): bigint => BigInt.asIntN(bits, value);
const unzigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n);
const zigzag = (value: bigint): bigint => (value < 0n ? -value * 2n - 1n : value * 2n);

function whole(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? BigInt(value) : undefined;
}

function integer(wire: WireType, bits: 32 | 64, unsigned: boolean, read: (from: WireReader) => bigint, write: (to: WireWriter, value: bigint) => void): ScalarKind {
  const least = unsigned ? 0n : -(2n ** BigInt(bits - 1));
  // Beyond 63 bits there is no value to give.
  const most = unsigned && bits === 32 ? 2n ** 32n - 1n : 2n ** BigInt(bits - 1) - 1n;
  return {
    wire, zero: 0, takes: `an integer from ${least} to ${most}`,
    read: (from) => fit(read(from)),
    write(to, value) {
      const number = whole(value);
      if (number === undefined || number < least || number > most) return false;
      write(to, number);
      return true;
    },
  };
}

const float = (width: 4 | 8, read: (from: WireReader) => number, put: (view: DataView, value: number) => void): ScalarKind => ({
  wire: width === 4 ? 5 : 1, zero: 0, takes: "a number",
  read(from) {
    const value = read(from);
    if (!Number.isFinite(value)) throw broken("a number is infinite or not a number, which no value here can be");
    return value;
  },
  write(to, value) {
    if (typeof value !== "number") return false;
    to.fixed(width, (view) => put(view, value));
    return true;
  },
});

const SCALARS: Readonly<Record<Scalar, ScalarKind>> = {
  int32: integer(0, 32, false, (from) => signed(32, from.varint()), (to, value) => to.varint(value)),
  int64: integer(0, 64, false, (from) => signed(64, from.varint()), (to, value) => to.varint(value)),
  uint32: integer(0, 32, true, (from) => BigInt.asUintN(32, from.varint()), (to, value) => to.varint(value)),
  uint64: integer(0, 64, true, (from) => from.varint(), (to, value) => to.varint(value)),
  sint32: integer(0, 32, false, (from) => signed(32, unzigzag(BigInt.asUintN(32, from.varint()))), (to, value) => to.varint(zigzag(value))),
  sint64: integer(0, 64, false, (from) => unzigzag(from.varint()), (to, value) => to.varint(zigzag(value))),
  fixed32: integer(5, 32, true, (from) => BigInt(from.fixed32().getUint32(0, true)), (to, value) => to.fixed(4, (view) => view.setUint32(0, Number(value), true))),
  sfixed32: integer(5, 32, false, (from) => BigInt(from.fixed32().getInt32(0, true)), (to, value) => to.fixed(4, (view) => view.setInt32(0, Number(value), true))),
  fixed64: integer(1, 64, true, (from) => from.fixed64().getBigUint64(0, true), (to, value) => to.fixed(8, (view) => view.setBigUint64(0, value, true))),
  sfixed64: integer(1, 64, false, (from) => from.fixed64().getBigInt64(0, true), (to, value) => to.fixed(8, (view) => view.setBigInt64(0, value, true))),
  double: float(8, (from) => from.fixed64().getFloat64(0, true), (view, value) => view.setFloat64(0, value, true)),
  float: float(4, (from) => from.fixed32().getFloat32(0, true), (view, value) => view.setFloat32(0, value, true)),
  bool: {
    wire: 0, zero: false, takes: "true or false",
    read: (from) => from.varint() !== 0n,
    write(to, value) {
      if (typeof value === "boolean") to.varint(value ? 1 : 0);
      return typeof value === "boolean";
    },
  },
  string: {
    wire: 2, zero: "", takes: "a string",
    read: (from) => from.text(),
    write(to, value) {
      if (typeof value === "string") to.text(value);
      return typeof value === "string";
    },
  },
  bytes: {
    wire: 2, zero: new Uint8Array(0), takes: "bytes",
    // A copy: the message that it lies in may be a whole frame.
    read: (from) => from.bytes().slice(),
    write(to, value) {
      if (value instanceof Uint8Array) to.bytes(value);
      return value instanceof Uint8Array;
    },
  },
};

export function isScalar(name: string): name is Scalar {
  return Object.hasOwn(SCALARS, name);
}

export const wireOf = (scalar: Scalar): WireType => SCALARS[scalar].wire;
export const zeroOf = (scalar: Scalar): unknown => (scalar === "bytes" ? new Uint8Array(0) : SCALARS[scalar].zero);
export const readScalar = (scalar: Scalar, from: WireReader): unknown => SCALARS[scalar].read(from);

/** Throws `invalid_argument` naming the field. */
export function writeScalar(scalar: Scalar, to: WireWriter, value: unknown, path: string): void {
  if (!SCALARS[scalar].write(to, value)) throw wrong(path, SCALARS[scalar].takes);
}

/** `params.text` must be a string. */
export function wrong(path: string, takes: string): SallyportError {
  return new SallyportError("invalid_argument", `${path.slice(path.lastIndexOf(".") + 1)} must be ${takes}`, { path });
}
