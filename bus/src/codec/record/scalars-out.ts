import { INT64_MAX, INT64_MIN, MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS } from "../../value.js";
import type { Bytes } from "../bytes.js";
import { refused } from "../refusal.js";
import { SMALL_INTS, TAG } from "./tags.js";

/** A tag and eight bytes: reserved at once, so that a number needs one check. */
const SCALAR_BYTES = 9;
const BIG_NUMBER = BigInt(MAX_NUMBER_INT);

export function writeTag(tag: number, out: Bytes): void {
  out.reserve(1);
  out.view.setUint8(out.size++, tag);
}

export function writeCounted(tag: number, count: number, out: Bytes): void {
  out.reserve(5);
  out.view.setUint8(out.size, tag);
  out.view.setUint32(out.size + 1, count);
  out.size += 5;
}

export function writeNumber(value: number, out: Bytes): void {
  out.reserve(SCALAR_BYTES);
  const { view, size } = out;
  // True for -0 too, which becomes 0 as in the other codecs.
  if ((value | 0) !== value) {
    if (!Number.isFinite(value)) throw refused();
    view.setUint8(size, TAG.float);
    view.setFloat64(size + 1, value);
    out.size = size + 9;
  } else if (value >= 0 && value < SMALL_INTS) {
    view.setUint8(size, value);
    out.size = size + 1;
  } else if (value >= -0x80 && value < 0x80) {
    view.setUint8(size, TAG.int8);
    view.setInt8(size + 1, value);
    out.size = size + 2;
  } else if (value >= -0x8000 && value < 0x8000) {
    view.setUint8(size, TAG.int16);
    view.setInt16(size + 1, value);
    out.size = size + 3;
  } else {
    view.setUint8(size, TAG.int32);
    view.setInt32(size + 1, value);
    out.size = size + 5;
  }
}

export function writeBigint(value: bigint, out: Bytes): void {
  if (value <= BIG_NUMBER && value >= -BIG_NUMBER) return writeNumber(Number(value), out);
  if (value < INT64_MIN || value > INT64_MAX) throw refused();
  out.reserve(SCALAR_BYTES);
  out.view.setUint8(out.size, TAG.int64);
  out.view.setBigInt64(out.size + 1, value);
  out.size += 9;
}

export function writeTime(value: Date, out: Bytes): void {
  const ms = Date.prototype.getTime.call(value);
  // Also false for NaN, which is an invalid date.
  if (!(ms >= TIME_MIN_MS && ms <= TIME_MAX_MS)) throw refused();
  out.reserve(SCALAR_BYTES);
  out.view.setUint8(out.size, TAG.time);
  out.view.setFloat64(out.size + 1, ms);
  out.size += 9;
}
