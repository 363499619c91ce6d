import { MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS } from "../../value.js";
import type { Input } from "../input.js";
import { build, nameOf, type Fields } from "../build.js";
import { MAX_KEY_BYTES, MAX_SHAPES, MAX_SHAPE_KEYS, SHORT_TEXT, SMALL_INTS, TAG } from "./tags.js";

/** Reads values of untrusted bytes, checking them as it builds. One for each direction of a connection: it numbers shapes. */
export interface ValueReader {
  read(depth: number): unknown;
  /** The payload of a frame, which may be one with tables of its own, written once for many connections. */
  payload(depth: number): unknown;
}

interface Shape {
  readonly keys: readonly string[];
  /** A key that every object inherits, `constructor` for one: an assignment may meet a setter, so it is defined. */
  readonly inherits: boolean;
}

const BIG_NUMBER = BigInt(MAX_NUMBER_INT);

export function createValueReader(input: Input): ValueReader {
  return new Reader(input);
}

class Reader implements ValueReader, Fields {
  private shapes: Shape[] = [];

  private readonly input: Input;

  constructor(input: Input) {
    this.input = input;
  }

  read(depth: number): unknown {
    const { input } = this;
    input.count();
    const tag = input.view.getUint8(input.take(1));
    if (tag < SMALL_INTS) return tag;
    if (tag < TAG.array) return input.text(tag - TAG.text);
    if (tag < TAG.shape) return this.array(tag - TAG.array, depth);
    if (tag < TAG.null) return this.known(tag - TAG.shape, depth);
    return this.tagged(tag, depth);
  }

  payload(depth: number): unknown {
    const { input, shapes } = this;
    if (input.at >= input.end || input.view.getUint8(input.at) !== TAG.apart) return this.read(depth);
    input.at++;
    this.shapes = [];
    const value = this.read(depth);
    this.shapes = shapes;
    return value;
  }

  private tagged(tag: number, depth: number): unknown {
    const { input } = this;
    const { view } = input;
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int8:
        return view.getInt8(input.take(1));
      case TAG.int16:
        return view.getInt16(input.take(2));
      case TAG.int32:
        return view.getInt32(input.take(4));
      case TAG.float:
        return input.finite(view.getFloat64(input.take(8)));
      case TAG.int64: {
        const value = view.getBigInt64(input.take(8));
        return value <= BIG_NUMBER && value >= -BIG_NUMBER ? Number(value) : value;
      }
      case TAG.time:
        return this.time(view.getFloat64(input.take(8)));
      case TAG.longText:
        return input.text(view.getUint32(input.take(4)));
      case TAG.bytes:
        return input.bytes(view.getUint32(input.take(4)));
      case TAG.longArray:
        return this.array(view.getUint32(input.take(4)), depth);
      case TAG.map:
        return this.map(view.getUint32(input.take(4)), depth);
      case TAG.farShape:
        return this.known(view.getUint8(input.take(1)), depth);
      case TAG.attached:
        return input.attached();
      case TAG.newShape:
        return this.values(this.define(), depth);
      default:
        throw input.bad(`has the byte 0x${tag.toString(16)} where a value begins`);
    }
  }

  private time(ms: number): Date {
    if (!Number.isInteger(ms) || ms < TIME_MIN_MS || ms > TIME_MAX_MS) throw this.input.bad("has a time outside the years 0000 to 9999");
    return new Date(ms);
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
    const out: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.key();
      if (!(key in out)) out[key] = this.read(below);
      else if (Object.hasOwn(out, key)) throw input.bad("has a key twice");
      else put(out, key, this.read(below));
    }
    return out;
  }

  private known(id: number, depth: number): object {
    const shape = this.shapes[id];
    if (shape === undefined) throw this.input.bad(`refers to shape ${id}, which was not defined`);
    return this.values(shape, depth);
  }

  private values(shape: Shape, depth: number): object {
    const below = this.input.deeper(depth);
    if (!shape.inherits) return build(shape.keys, this, below);
    const out = {};
    for (const key of shape.keys) if (this.next()) put(out, key, this.read(below));
    return out;
  }

  /** A field of a shape is either a value or the word that there is none. */
  next(): boolean {
    const { input } = this;
    if (input.at >= input.end || input.view.getUint8(input.at) !== TAG.absent) return true;
    input.at++;
    return false;
  }

  private define(): Shape {
    const { input } = this;
    const count = input.view.getUint8(input.take(1));
    if (count === 0 || count > MAX_SHAPE_KEYS) throw input.bad(`defines a shape of ${count} keys; 1 to ${MAX_SHAPE_KEYS} are allowed`);
    if (this.shapes.length === MAX_SHAPES) throw input.bad(`defines more than ${MAX_SHAPES} shapes`);
    const keys: string[] = [];
    for (let i = 0; i < count; i++) {
      const before = input.at;
      const key = this.key();
      if (input.at - before > MAX_KEY_BYTES + 5) throw input.bad(`defines a shape with a key of more than ${MAX_KEY_BYTES} bytes`);
      keys.push(nameOf(key));
    }
    if (new Set(keys).size !== count) throw input.bad("has a key twice");
    const shape: Shape = { keys, inherits: keys.some((key) => key in Object.prototype) };
    this.shapes.push(shape);
    return shape;
  }

  private key(): string {
    const { input } = this;
    const tag = input.view.getUint8(input.take(1));
    const short = tag - TAG.text;
    if (tag !== TAG.longText && (short < 0 || short >= SHORT_TEXT)) throw input.bad("has a key that is not a string");
    const key = input.text(tag === TAG.longText ? input.view.getUint32(input.take(4)) : short);
    if (key === "__proto__") throw input.bad("has a key named __proto__");
    return key;
  }
}

/** An own property, whatever the name. */
function put(object: object, key: string, value: unknown): void {
  if (key in object) Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else (object as Record<string, unknown>)[key] = value;
}
