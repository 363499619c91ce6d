import type { Bytes } from "../bytes.js";
import { isWellFormed } from "../../value.js";
import { refused } from "../refusal.js";
import { createTextWriter, storeAscii } from "../text-out.js";
import { writeBigint, writeCounted, writeNumber, writeTag, writeTime } from "./scalars-out.js";
import { createShapes, type Shape } from "./shapes-out.js";
import { ATTACHED_BYTES, NEAR_SHAPES, SHORT_ARRAY, TAG } from "./tags.js";

/** Writes values, checking them in the same walk. One for each direction of a connection: it numbers shapes. */
export interface ValueWriter {
  /** Starts a frame at the end of `out`: at most `nodes` values, at most `maxBytes` in all, its attachment included. */
  begin(out: Bytes, nodes: number, maxBytes: number, large: LargeBytes): void;
  /** What the frame refers to, and is to travel beside it. */
  readonly attachment: Uint8Array | undefined;
  /** Throws whatever comes up; then `undo` is due, and `explainRefusal` finds the words. */
  write(value: unknown, depth: number): void;
  /** As if `begin` had never been. */
  undo(): void;
}

/** What becomes of the first large bytes of a frame: written into it, attached as a copy, or attached as they are. */
export type LargeBytes = "within" | "copy" | "give";

class TooLarge extends Error {}

/** What is thrown as soon as it is clear that the frame is too large. */
export function tooLarge(): Error {
  return new TooLarge();
}

export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof TooLarge;
}

/** Up to here a loop over the characters beats a call of the engine's encoder. */
const LOOP_CHARS = 40;
/** The engine's own: a guest may put a `length` of its own before it. */
const sizeOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length")?.get as (this: Uint8Array) => number;

export function createValueWriter(): ValueWriter {
  return new Writer();
}

class Writer implements ValueWriter {
  attachment: Uint8Array | undefined;
  private large: LargeBytes = "within";
  private out!: Bytes;
  private nodes = 0;
  private start = 0;
  private end = 0;
  private shapesBefore = 0;
  private readonly shapes = createShapes();
  private readonly texts = createTextWriter();
  private last: Shape | undefined;

  begin(out: Bytes, nodes: number, maxBytes: number, large: LargeBytes): void {
    this.large = large;
    this.attachment = undefined;
    this.out = out;
    this.nodes = nodes;
    this.start = out.size;
    this.end = out.size + maxBytes;
    this.shapesBefore = this.shapes.size;
  }

  undo(): void {
    this.attachment = undefined;
    this.out.size = this.start;
    this.last = undefined;
    if (this.shapes.size > this.shapesBefore) this.shapes.keep(this.shapesBefore);
  }

  write(value: unknown, depth: number): void {
    if (--this.nodes < 0) throw refused();
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        return writeNumber(value, this.out);
      case "object":
        return value === null ? writeTag(TAG.null, this.out) : this.object(value, depth);
      case "boolean":
        return writeTag(value ? TAG.true : TAG.false, this.out);
      case "bigint":
        return writeBigint(value, this.out);
      default:
        throw refused();
    }
  }

  private text(value: string): void {
    const { out } = this;
    const { length } = value;
    if (length <= LOOP_CHARS) {
      out.reserve(1 + length);
      const at = out.size;
      if (storeAscii(value, out.view, at + 1)) {
        out.view.setUint8(at, TAG.text + length);
        out.size = at + 1 + length;
        return;
      }
    }
    if (length > this.end - out.size) throw tooLarge();
    if (!isWellFormed(value)) throw refused();
    out.reserve(5);
    const at = out.size;
    out.size = at + 5;
    this.texts.write(value, out);
    out.view.setUint8(at, TAG.longText);
    out.view.setUint32(at + 1, out.size - at - 5);
  }

  private object(value: object, depth: number): void {
    if (Array.isArray(value)) return this.array(value, depth);
    const proto: unknown = Object.getPrototypeOf(value);
    if (proto === Object.prototype || proto === null) return this.map(value, depth);
    if (value instanceof Uint8Array) return this.bytes(value);
    if (value instanceof Date) return writeTime(value, this.out);
    // A plain object of another realm has a prototype whose own prototype is null.
    if (Object.getPrototypeOf(proto) !== null) throw refused();
    this.plainMap(value, Object.keys(value), depth);
  }

  private bytes(value: Uint8Array): void {
    const { out } = this;
    const size = Reflect.apply(sizeOf, value, []);
    if (size > this.end - out.size) throw tooLarge();
    if (size >= ATTACHED_BYTES && this.large !== "within" && this.attachment === undefined) {
      this.attachment = this.large === "give" && fillsItsBuffer(value, size) ? value : copyOf(value, size);
      this.end -= size;
      return writeTag(TAG.attached, out);
    }
    out.reserve(5 + size);
    out.view.setUint8(out.size, TAG.bytes);
    out.view.setUint32(out.size + 1, size);
    out.bytes.set(value, out.size + 5);
    out.size += 5 + size;
  }

  private array(value: readonly unknown[], depth: number): void {
    if (depth === 0) throw refused();
    // A proxy can name any length.
    const length = value.length >>> 0;
    if (length > this.nodes) throw refused();
    if (length < SHORT_ARRAY) writeTag(TAG.array + length, this.out);
    else writeCounted(TAG.longArray, length, this.out);
    for (let i = 0; i < length; i++) this.write(value[i], depth - 1);
  }

  private map(value: object, depth: number): void {
    if (depth === 0) throw refused();
    const guess = this.last?.next;
    const shape = guess !== undefined && hasKeys(value, guess.keys) ? guess : undefined;
    if (shape !== undefined) return this.known(value, shape, depth);
    const keys = Object.keys(value);
    const found = this.shapes.find(keys);
    if (found !== undefined) {
      if (this.last !== undefined) this.last.next = found;
      return this.known(value, found, depth);
    }
    const made = this.shapes.define(keys);
    if (made === undefined) return this.plainMap(value, keys, depth);
    if (this.last !== undefined) this.last.next = made;
    this.last = made;
    const { out } = this;
    out.reserve(2);
    out.view.setUint8(out.size, TAG.newShape);
    out.view.setUint8(out.size + 1, keys.length);
    out.size += 2;
    for (const key of keys) this.text(key);
    this.values(value, made, depth);
  }

  private known(value: object, shape: Shape, depth: number): void {
    this.last = shape;
    const { out } = this;
    out.reserve(2);
    if (shape.id < NEAR_SHAPES) out.view.setUint8(out.size++, TAG.shape + shape.id);
    else {
      out.view.setUint8(out.size, TAG.farShape);
      out.view.setUint8(out.size + 1, shape.id);
      out.size += 2;
    }
    this.values(value, shape, depth);
  }

  /** A loop over the names, since V8 makes loads in it as fast as those by a fixed name. Each property is read once. */
  private values(value: object, shape: Shape, depth: number): void {
    const { keys } = shape;
    let i = 0;
    for (const key in value) {
      // What follows its own names is inherited.
      if (i === keys.length) break;
      // A proxy can name others the second time; their values would be read as those of the wrong fields.
      if (key !== keys[i++]) throw refused();
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) writeTag(TAG.absent, this.out);
      else this.write(item, depth - 1);
    }
    if (i !== keys.length) throw refused();
  }

  private plainMap(value: object, keys: readonly string[], depth: number): void {
    if (depth === 0) throw refused();
    const countAt = this.out.size + 1;
    writeCounted(TAG.map, keys.length, this.out);
    let left = keys.length;
    for (const key of keys) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) {
        left--;
        continue;
      }
      if (key === "__proto__") throw refused();
      this.text(key);
      this.write(item, depth - 1);
    }
    this.out.view.setUint32(countAt, left);
  }
}

/** Whether its buffer can be taken away without taking anything else, and arrives as what it is. */
function fillsItsBuffer(value: Uint8Array, size: number): boolean {
  const { buffer } = value as { readonly buffer: ArrayBufferLike & { readonly resizable?: boolean; readonly maxByteLength?: number } };
  return Object.getPrototypeOf(value) === Uint8Array.prototype && buffer instanceof ArrayBuffer && buffer.byteLength === size && buffer.resizable !== true;
}

function copyOf(value: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(value);
  return copy;
}

/** Whether its own keys are these, in order; inherited ones do not occur, as its prototype is Object's or none. */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in value) if (key !== keys[i++]) return false;
  return i === keys.length;
}

