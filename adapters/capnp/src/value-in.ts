import { TIME_MAX_MS, TIME_MIN_MS } from "@sallyport/bus";
import { FIELD_POINTERS, VALUE, VALUE_DATA_WORDS, WORD } from "./layout.js";
import { STRUCTS, type Segments } from "./segments.js";

/** Builds values of an untrusted message, checking as it builds. */
export interface ValueIn {
  /** The value that the pointer at `at` leads to; null where it leads nowhere. */
  pointed(at: number, segment: number, depth: number): unknown;
  /** Adds the entries of the list that the pointer at `at` leads to. `once`: no key may be there before. */
  fields(out: Record<string, unknown>, at: number, segment: number, depth: number, once: boolean): void;
}

export function createValueIn(message: Segments): ValueIn {
  return new Reader(message);
}

class Reader implements ValueIn {
  private readonly message: Segments;

  constructor(message: Segments) {
    this.message = message;
  }

  pointed(at: number, segment: number, depth: number): unknown {
    const { message } = this;
    const { target } = message;
    message.follow(at, segment);
    if (target.kind === "null") {
      message.count();
      return null;
    }
    if (target.kind !== "struct") throw message.bad("has a list where a value belongs");
    return this.value(target.at, target.segment, target.dataWords, target.pointers, depth);
  }

  private value(at: number, segment: number, dataWords: number, pointers: number, depth: number): unknown {
    const { message } = this;
    const { view } = message;
    message.count();
    const tag = dataWords > 0 ? view.getUint16(at, true) : VALUE.null;
    const data = dataWords >= VALUE_DATA_WORDS ? at + WORD : -1;
    const pointer = pointers > 0 ? at + dataWords * WORD : -1;
    switch (tag) {
      case VALUE.null:
        return null;
      case VALUE.int:
        return data < 0 ? 0 : message.integer(data, true);
      case VALUE.float:
        return data < 0 ? 0 : this.finite(view.getFloat64(data, true));
      case VALUE.text:
        return this.leaf(pointer, segment).text();
      case VALUE.bytes:
        return this.leaf(pointer, segment).bytes();
      case VALUE.list:
        return this.list(pointer, segment, message.deeper(depth));
      case VALUE.map:
        return this.map(pointer, segment, message.deeper(depth));
      case VALUE.bool:
        return data >= 0 && (view.getUint8(data) & 1) === 1;
      case VALUE.time:
        return this.time(data < 0 ? 0 : message.integer(data, true));
      default:
        throw message.bad(`has a value of kind ${tag}, which the data model does not have`);
    }
  }

  /** With `target` at what a pointer in a struct leads to; one that the struct is too small for is null. */
  private leaf(pointer: number, segment: number): Segments {
    if (pointer < 0) this.message.target.kind = "null";
    else this.message.follow(pointer, segment);
    return this.message;
  }

  private list(pointer: number, segment: number, depth: number): unknown[] {
    const { target } = this.leaf(pointer, segment);
    const out: unknown[] = [];
    if (target.kind === "null") return out;
    this.wantStructs();
    const { at, segment: inside, count, dataWords, pointers } = target;
    const bytes = (dataWords + pointers) * WORD;
    // `push`, since a store by index into a new array is slow after a lockdown.
    for (let i = 0; i < count; i++) out.push(this.value(at + i * bytes, inside, dataWords, pointers, depth));
    return out;
  }

  private map(pointer: number, segment: number, depth: number): object {
    const out: Record<string, unknown> = {};
    if (pointer >= 0) this.fields(out, pointer, segment, depth, false);
    return out;
  }

  fields(out: Record<string, unknown>, at: number, segment: number, depth: number, once: boolean): void {
    const { message } = this;
    const { target } = message;
    message.follow(at, segment);
    if (target.kind === "null") return;
    this.wantStructs();
    const { at: first, segment: inside, count, dataWords, pointers } = target;
    const bytes = (dataWords + pointers) * WORD;
    for (let i = 0; i < count; i++) {
      const field = first + i * bytes + dataWords * WORD;
      const key = this.leaf(pointers > 0 ? field : -1, inside).text();
      let value: unknown = null;
      if (pointers >= FIELD_POINTERS) value = this.pointed(field + WORD, inside, depth);
      else message.count();
      // What every object inherits may meet a setter, so it is defined.
      if (!(key in out)) out[key] = value;
      else this.rare(out, key, value, once);
    }
  }

  private rare(out: object, key: string, value: unknown, once: boolean): void {
    if (key === "__proto__") throw this.message.bad("has a key named __proto__");
    // Deeper down the last one counts, as in JSON.
    if (once && Object.hasOwn(out, key)) throw this.message.bad("has a key twice");
    Object.defineProperty(out, key, { value, writable: true, enumerable: true, configurable: true });
  }

  private wantStructs(): void {
    const { target } = this.message;
    if (target.kind !== "list" || target.elements !== STRUCTS) throw this.message.bad("has something else where a list of structs belongs");
  }

  private finite(value: number): number {
    if (!Number.isFinite(value)) throw this.message.bad(`has the number ${value}`);
    return value;
  }

  private time(ms: number | bigint): Date {
    if (!(ms >= TIME_MIN_MS && ms <= TIME_MAX_MS)) throw this.message.bad("has a time outside the years 0000 to 9999");
    return new Date(Number(ms));
  }
}
