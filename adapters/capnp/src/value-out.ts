import { MAX_NUMBER_INT } from "@sallyport/bus";
import { FIELD_POINTERS, VALUE, VALUE_DATA_WORDS, VALUE_POINTERS, WORD } from "./layout.js";
import type { WordsOut } from "./words-out.js";

const DATA = WORD;
const POINTER = VALUE_DATA_WORDS * WORD;
const VALUE_BYTES = (VALUE_DATA_WORDS + VALUE_POINTERS) * WORD;
const FIELD_BYTES = FIELD_POINTERS * WORD;

/** Writes values that were inspected before. */
export interface ValueOut {
  /** A value of its own, which the pointer at `at` leads to. */
  pointed(at: number, value: unknown): void;
  /** The entries of a map, which the pointer at `at` leads to; `keys`: these only. */
  fields(at: number, map: object, keys?: readonly string[]): void;
}

export function createValueOut(words: WordsOut): ValueOut {
  const write = (at: number, value: unknown): void => {
    const { view } = words.out;
    switch (typeof value) {
      case "string":
        view.setUint16(at, VALUE.text, true);
        return words.text(at + POINTER, value);
      case "number":
        if (Number.isInteger(value) && Math.abs(value) <= MAX_NUMBER_INT) {
          view.setUint16(at, VALUE.int, true);
          return words.integer(at + DATA, value);
        }
        view.setUint16(at, VALUE.float, true);
        return view.setFloat64(at + DATA, value, true);
      case "boolean":
        view.setUint16(at, VALUE.bool, true);
        return view.setUint8(at + DATA, value ? 1 : 0);
      case "bigint":
        view.setUint16(at, VALUE.int, true);
        return view.setBigInt64(at + DATA, value, true);
      case "object":
        return value === null ? undefined : object(at, value);
      default:
        throw changed();
    }
  };

  const object = (at: number, value: object): void => {
    const { view } = words.out;
    if (Array.isArray(value)) {
      view.setUint16(at, VALUE.list, true);
      const { length } = value;
      const first = words.structs(at + POINTER, length, VALUE_DATA_WORDS, VALUE_POINTERS);
      for (let i = 0; i < length; i++) write(first + i * VALUE_BYTES, value[i]);
    } else if (value instanceof Uint8Array) {
      view.setUint16(at, VALUE.bytes, true);
      words.bytes(at + POINTER, value);
    } else if (value instanceof Date) {
      view.setUint16(at, VALUE.time, true);
      words.integer(at + DATA, value.getTime());
    } else {
      view.setUint16(at, VALUE.map, true);
      fields(at + POINTER, value);
    }
  };

  const fields = (at: number, map: object, keys: readonly string[] = Object.keys(map)): void => {
    const values = map as Readonly<Record<string, unknown>>;
    let count = keys.length;
    for (const key of keys) if (values[key] === undefined) count--;
    const first = words.structs(at, count, 0, FIELD_POINTERS, count * (VALUE_DATA_WORDS + VALUE_POINTERS));
    const firstValue = first + count * FIELD_BYTES;
    let i = 0;
    for (const key of keys) {
      const value = values[key];
      if (value === undefined) continue;
      if (i === count) throw changed();
      const field = first + i * FIELD_BYTES;
      const target = firstValue + i * VALUE_BYTES;
      words.text(field, key);
      words.struct(field + WORD, target, VALUE_DATA_WORDS, VALUE_POINTERS);
      write(target, value);
      i++;
    }
    if (i < count) throw changed();
  };

  return {
    pointed(at, value) {
      const target = words.take(VALUE_DATA_WORDS + VALUE_POINTERS);
      words.struct(at, target, VALUE_DATA_WORDS, VALUE_POINTERS);
      write(target, value);
    },
    fields,
  };
}

/** A getter gave one thing to the inspection and another one here. */
function changed(): Error {
  return new Error("the value changed while it was read");
}
