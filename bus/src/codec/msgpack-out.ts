import { INT64_MAX, INT64_MIN, isWellFormed, MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS } from "../value.js";
import type { FrameBounds } from "../bounds.js";
import type { Bytes } from "./bytes.js";
import { refused } from "./refusal.js";
import { createTextWriter, storeAscii } from "./text-out.js";

/** Appends values as MessagePack in their shortest form, checking them in the same walk. */
export interface MsgpackWriter {
  /** Throws for what is not in the data model; `explainRefusal` finds the words. */
  write(value: unknown, out: Bytes, bounds: FrameBounds): void;
}

export function createMsgpackWriter(): MsgpackWriter {
  return new Writer();
}

/** So much text has a header of one byte; and a loop over its characters beats a call of the engine's encoder. */
const LOOP_CHARS = 31;
/** The most that a scalar other than text and bytes takes, and the longest header. */
const SCALAR_BYTES = 15;
const TWO_32 = 2 ** 32;
const TWO_34 = 2 ** 34;

class Writer implements MsgpackWriter {
  private out!: Bytes;
  private nodes = 0;
  private readonly texts = createTextWriter();

  write(value: unknown, out: Bytes, { items, depth }: FrameBounds): void {
    this.out = out;
    this.nodes = items;
    this.value(value, depth);
  }

  private value(value: unknown, depth: number): void {
    if (--this.nodes < 0) throw refused();
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        return this.number(value);
      case "object":
        return value === null ? this.byte(0xc0) : this.object(value, depth);
      case "boolean":
        return this.byte(value ? 0xc3 : 0xc2);
      case "bigint":
        return this.bigint(value);
      default:
        throw refused();
    }
  }

  private byte(byte: number): void {
    const { out } = this;
    out.reserve(1);
    out.view.setUint8(out.size++, byte);
  }

  private number(value: number): void {
    const { out } = this;
    out.reserve(SCALAR_BYTES);
    const { view, size } = out;
    if (!Number.isInteger(value) || Math.abs(value) > MAX_NUMBER_INT) {
      if (!Number.isFinite(value)) throw refused();
      view.setUint8(size, 0xcb);
      view.setFloat64(size + 1, value);
      out.size = size + 9;
    } else if (value >= -0x20 && value < 0x80) {
      view.setInt8(size, value);
      out.size = size + 1;
    } else if (value >= -0x80 && value < 0x100) {
      view.setUint8(size, value < 0 ? 0xd0 : 0xcc);
      view.setUint8(size + 1, value);
      out.size = size + 2;
    } else if (value >= -0x8000 && value < 0x1_0000) {
      view.setUint8(size, value < 0 ? 0xd1 : 0xcd);
      view.setUint16(size + 1, value);
      out.size = size + 3;
    } else if (value >= -0x8000_0000 && value < TWO_32) {
      view.setUint8(size, value < 0 ? 0xd2 : 0xce);
      view.setUint32(size + 1, value);
      out.size = size + 5;
    } else {
      const high = Math.floor(value / TWO_32);
      view.setUint8(size, 0xd3);
      view.setInt32(size + 1, high);
      view.setUint32(size + 5, value - high * TWO_32);
      out.size = size + 9;
    }
  }

  private bigint(value: bigint): void {
    if (value < INT64_MIN || value > INT64_MAX) throw refused();
    const { out } = this;
    out.reserve(SCALAR_BYTES);
    out.view.setUint8(out.size, 0xd3);
    out.view.setBigInt64(out.size + 1, value);
    out.size += 9;
  }

  private text(value: string): void {
    const { out } = this;
    const { length } = value;
    if (length <= LOOP_CHARS) {
      out.reserve(1 + length);
      const at = out.size;
      if (storeAscii(value, out.view, at + 1)) {
        out.view.setUint8(at, 0xa0 + length);
        out.size = at + 1 + length;
        return;
      }
    }
    if (!isWellFormed(value)) throw refused();
    out.reserve(SCALAR_BYTES);
    const at = out.size;
    // How long the header is depends on bytes that are not counted yet: mostly as many as characters.
    const start = at + headBytes(length);
    out.size = start;
    this.texts.write(value, out);
    const bytes = out.size - start;
    const from = at + headBytes(bytes);
    out.reserve(SCALAR_BYTES);
    if (from !== start) out.bytes.copyWithin(from, start, start + bytes);
    out.size = at;
    if (bytes <= LOOP_CHARS) out.view.setUint8(out.size++, 0xa0 + bytes);
    else this.sized(bytes, 0xd9);
    out.size = from + bytes;
  }

  private object(value: object, depth: number): void {
    if (Array.isArray(value)) return this.array(value, depth);
    const proto: unknown = Object.getPrototypeOf(value);
    if (proto !== Object.prototype && proto !== null) {
      if (value instanceof Uint8Array) return this.bytes(value);
      if (value instanceof Date) return this.time(value);
      // A plain object of another realm has a prototype whose own prototype is null.
      if (Object.getPrototypeOf(proto) !== null) throw refused();
    }
    this.map(value as Record<string, unknown>, depth);
  }

  private array(value: readonly unknown[], depth: number): void {
    if (depth === 0) throw refused();
    const { length } = value;
    if (length > this.nodes) throw refused();
    this.container(length, 0x90, 0xdc);
    for (let i = 0; i < length; i++) this.value(value[i], depth - 1);
  }

  private map(value: Record<string, unknown>, depth: number): void {
    if (depth === 0) throw refused();
    const keys = Object.keys(value);
    const at = this.out.size;
    this.container(keys.length, 0x80, 0xde);
    let left = keys.length;
    for (const key of keys) {
      const item = value[key];
      if (item === undefined) {
        left--;
        continue;
      }
      if (key === "__proto__") throw refused();
      this.text(key);
      this.value(item, depth - 1);
    }
    if (left < keys.length) this.recount(at, left);
  }

  private container(count: number, small: number, wide: number): void {
    const { out } = this;
    out.reserve(SCALAR_BYTES);
    if (count < 0x10) {
      out.view.setUint8(out.size++, small + count);
    } else if (count < 0x1_0000) {
      out.view.setUint8(out.size, wide);
      out.view.setUint16(out.size + 1, count);
      out.size += 3;
    } else {
      out.view.setUint8(out.size, wide + 1);
      out.view.setUint32(out.size + 1, count);
      out.size += 5;
    }
  }

  /** Properties that are undefined are left out: the map at `at` has fewer than it was begun with. */
  private recount(at: number, count: number): void {
    const { view } = this.out;
    const head = view.getUint8(at);
    if (head < 0xde) view.setUint8(at, 0x80 + count);
    else if (head === 0xde) view.setUint16(at + 1, count);
    else view.setUint32(at + 1, count);
  }

  private bytes(value: Uint8Array): void {
    const { out } = this;
    const { length } = value;
    out.reserve(SCALAR_BYTES + length);
    this.sized(length, 0xc4);
    out.bytes.set(value, out.size);
    out.size += length;
  }

  /** The header of text or bytes that are too many for a shorter one. */
  private sized(bytes: number, wide: number): void {
    const { out } = this;
    if (bytes < 0x100) {
      out.view.setUint8(out.size, wide);
      out.view.setUint8(out.size + 1, bytes);
      out.size += 2;
    } else if (bytes < 0x1_0000) {
      out.view.setUint8(out.size, wide + 1);
      out.view.setUint16(out.size + 1, bytes);
      out.size += 3;
    } else {
      out.view.setUint8(out.size, wide + 2);
      out.view.setUint32(out.size + 1, bytes);
      out.size += 5;
    }
  }

  private time(value: Date): void {
    const ms = Date.prototype.getTime.call(value);
    if (!(ms >= TIME_MIN_MS && ms <= TIME_MAX_MS)) throw refused();
    const seconds = Math.floor(ms / 1000);
    const nanoseconds = (ms - seconds * 1000) * 1_000_000;
    const { out } = this;
    out.reserve(SCALAR_BYTES);
    const { view, size } = out;
    if (nanoseconds === 0 && seconds >= 0 && seconds < TWO_32) {
      view.setUint16(size, 0xd6ff);
      view.setUint32(size + 2, seconds);
      out.size = size + 6;
    } else if (seconds >= 0 && seconds < TWO_34) {
      view.setUint16(size, 0xd7ff);
      view.setUint32(size + 2, nanoseconds * 4 + Math.floor(seconds / TWO_32));
      view.setUint32(size + 6, seconds % TWO_32);
      out.size = size + 10;
    } else {
      view.setUint16(size, 0xc70c);
      view.setUint8(size + 2, 0xff);
      view.setUint32(size + 3, nanoseconds);
      view.setBigInt64(size + 7, BigInt(seconds));
      out.size = size + 15;
    }
  }
}

function headBytes(bytes: number): number {
  return bytes <= LOOP_CHARS ? 1 : bytes < 0x100 ? 2 : bytes < 0x1_0000 ? 3 : 5;
}
