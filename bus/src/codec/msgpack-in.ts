import { MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS } from "../value.js";
import { build, type Fields } from "./build.js";
import type { Input } from "./input.js";
import { createKeyMemory, isNext } from "./msgpack-keys.js";

/** Reads one MessagePack value of untrusted bytes, checking as it builds. */
export interface MsgpackReader {
  read(depth: number): unknown;
}

const TIMESTAMP = -1;
const BIG_NUMBER = BigInt(MAX_NUMBER_INT);
const MS_PER_S = 1000;
const NS_PER_MS = 1_000_000;

export function createMsgpackReader(input: Input): MsgpackReader {
  return new Reader(input);
}

/**
 * Strict where readers of MessagePack differ or are careless: string keys only, UTF-8 checked, finite numbers, signed 64 bits,
 * no extension but timestamp, no key of a frame twice, bounded depth and count.
 */
class Reader implements MsgpackReader, Fields {
  private readonly input: Input;
  private readonly memory = createKeyMemory();
  /** The key of the map being built where the guess about its keys ended. */
  private wrongAt = -1;

  constructor(input: Input) {
    this.input = input;
  }

  read(depth: number): unknown {
    const { input } = this;
    input.count();
    const tag = input.view.getUint8(input.take(1));
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.array(tag & 0x0f, depth);
    if (tag < 0xc0) return input.text(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    return this.tagged(tag, depth);
  }

  private tagged(tag: number, depth: number): unknown {
    const { input } = this;
    const { view } = input;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return input.bytes(view.getUint8(input.take(1)));
      case 0xc5:
        return input.bytes(view.getUint16(input.take(2)));
      case 0xc6:
        return input.bytes(view.getUint32(input.take(4)));
      case 0xca:
        return input.finite(view.getFloat32(input.take(4)));
      case 0xcb:
        return input.finite(view.getFloat64(input.take(8)));
      case 0xcc:
        return view.getUint8(input.take(1));
      case 0xcd:
        return view.getUint16(input.take(2));
      case 0xce:
        return view.getUint32(input.take(4));
      case 0xcf:
        return this.unsigned(view.getBigUint64(input.take(8)));
      case 0xd0:
        return view.getInt8(input.take(1));
      case 0xd1:
        return view.getInt16(input.take(2));
      case 0xd2:
        return view.getInt32(input.take(4));
      case 0xd3:
        return integer(view.getBigInt64(input.take(8)));
      case 0xdc:
        return this.array(view.getUint16(input.take(2)), depth);
      case 0xdd:
        return this.array(view.getUint32(input.take(4)), depth);
      case 0xde:
        return this.map(view.getUint16(input.take(2)), depth);
      case 0xdf:
        return this.map(view.getUint32(input.take(4)), depth);
      default:
        return isText(tag) ? this.text(tag) : this.timestamp(tag);
    }
  }

  private text(tag: number): string {
    const { input } = this;
    const { view } = input;
    if (tag < 0xc0) return input.text(tag & 0x1f);
    if (tag === 0xd9) return input.text(view.getUint8(input.take(1)));
    return input.text(tag === 0xda ? view.getUint16(input.take(2)) : view.getUint32(input.take(4)));
  }

  private unsigned(value: bigint): number | bigint {
    if (value > 0x7fff_ffff_ffff_ffffn) throw this.input.bad("has an integer beyond 64 signed bits");
    return integer(value);
  }

  private array(count: number, depth: number): unknown[] {
    const below = this.input.deeper(depth);
    this.input.items(count, 1);
    const out: unknown[] = [];
    // `push`, since a store by index into a new array is slow after a lockdown.
    for (let i = 0; i < count; i++) out.push(this.read(below));
    return out;
  }

  private map(count: number, depth: number): object {
    const { input } = this;
    const below = input.deeper(depth);
    input.items(count, 2);
    const { memory } = this;
    const before = memory.last;
    const guess = memory.guess(count);
    if (guess === undefined) return this.others({}, [], count, below, before);
    memory.follow();
    const out = build(guess, this, below);
    if (this.wrongAt < 0) return out;
    const read = guess.slice(0, this.wrongAt);
    this.wrongAt = -1;
    return this.others(out, read, count, below, before);
  }

  /** Whether what comes next is this key; from the first that is not, none is. */
  next(keys: readonly string[], i: number): boolean {
    if (this.wrongAt >= 0) return false;
    if (isNext(keys[i] as string, this.input)) return true;
    this.wrongAt = i;
    return false;
  }

  /** The entries from number `keys.length` on. */
  private others(map: object, keys: string[], count: number, depth: number, before: number): object {
    const { input } = this;
    const out = map as Record<string, unknown>;
    let plain = true;
    while (keys.length < count) {
      const tag = input.view.getUint8(input.take(1));
      if (!isText(tag)) throw input.bad("has a map key that is not a string");
      const key = this.text(tag);
      keys.push(key);
      // What every object inherits may meet a setter, so it is defined; what is there already was there before.
      if (!(key in out)) out[key] = this.read(depth);
      else {
        plain = false;
        this.rare(out, key, depth);
      }
    }
    if (plain) this.memory.learn(keys, before);
    return out;
  }

  private rare(out: object, key: string, depth: number): void {
    if (key === "__proto__") throw this.input.bad("has a key named __proto__");
    // Deeper down the last one counts, as in JSON.
    if (depth === this.input.bounds.depth - 1 && Object.hasOwn(out, key)) throw this.input.bad("has a key twice");
    Object.defineProperty(out, key, { value: this.read(depth), writable: true, enumerable: true, configurable: true });
  }

  private timestamp(tag: number): Date {
    const { input } = this;
    const { view } = input;
    const known = tag === 0xd6 || tag === 0xd7 || (tag === 0xc7 && view.getUint8(input.take(1)) === 12);
    if (!known || view.getInt8(input.take(1)) !== TIMESTAMP) throw input.bad(`has a byte 0x${tag.toString(16)}, which is unused or an extension; only the timestamp extension is allowed`);
    if (tag === 0xd6) return new Date(view.getUint32(input.take(4)) * MS_PER_S);
    const nanosOrHigh = view.getUint32(input.take(4));
    if (tag === 0xd7) return this.time((nanosOrHigh & 3) * 0x1_0000_0000 + view.getUint32(input.take(4)), nanosOrHigh >>> 2);
    return this.time(Number(view.getBigInt64(input.take(8))), nanosOrHigh);
  }

  private time(seconds: number, nanos: number): Date {
    if (nanos > 999_999_999) throw this.input.bad("has a timestamp with more than 999999999 nanoseconds");
    if (seconds < TIME_MIN_MS / MS_PER_S || seconds > Math.floor(TIME_MAX_MS / MS_PER_S)) throw this.input.bad("has a timestamp outside the years 0000 to 9999");
    return new Date(seconds * MS_PER_S + Math.floor(nanos / NS_PER_MS));
  }
}

function isText(tag: number): boolean {
  return (tag >= 0xa0 && tag < 0xc0) || (tag >= 0xd9 && tag <= 0xdb);
}

function integer(value: bigint): number | bigint {
  return value <= BIG_NUMBER && value >= -BIG_NUMBER ? Number(value) : value;
}
