import { ERROR, FRAME_DATA_WORDS, FRAME_POINTERS, isPointer, layoutOf, METHOD, OTHER, WORD, type Layout, type Slot } from "./layout.js";
import { createValueOut } from "./value-out.js";
import { createWordsOut, type WordsOut } from "./words-out.js";

type Fields = Readonly<Record<string, unknown>>;

/** Writes what was inspected before: one segment, whose first word leads to the root. */
export interface FrameOut {
  readonly words: WordsOut;
  value(root: number, value: unknown): void;
  /** `beside`: what to do with the pointer of the event's payload instead of writing it. */
  frame(root: number, frame: Fields, beside?: (at: number) => void): void;
}

export function createFrameOut(): FrameOut {
  const words = createWordsOut();
  const values = createValueOut(words);

  /** Writes what has a place; returns the keys of what has none. */
  const put = (at: number, { dataWords, slots, bySlot }: Layout, fields: Fields, keys: readonly string[], beside?: (at: number) => void): readonly string[] => {
    if (slots.length === 0) return keys;
    const left: string[] = [];
    for (const key of keys) {
      const value = fields[key];
      const slot = bySlot[key];
      if (slot === undefined || !fits(slot, value)) {
        if (value !== undefined) left.push(key);
        continue;
      }
      const place = at + (isPointer(slot.kind) ? dataWords + slot.at : slot.at) * WORD;
      if (beside !== undefined && slot.kind === "always") beside(place);
      else one(place, slot, value);
    }
    return left;
  };

  const one = (at: number, { kind }: Slot, value: unknown): void => {
    switch (kind) {
      case "text":
        return words.text(at, value as string);
      case "texts":
        return texts(at, value as readonly string[]);
      case "map":
        return values.fields(at, value as object);
      case "always":
        return value === null ? undefined : values.pointed(at, value);
      case "value":
        return values.pointed(at, value);
      case "error":
        return struct(at, ERROR, value as Fields);
      case "methods":
        return methods(at, value as readonly (string | Fields)[]);
      case "number":
      case "positive":
        return words.integer(at, value as number);
      case "optional":
        // The schema's default is -1, and a message holds each number as its difference from the default: bit by bit.
        return words.integer(at, -1 - (value as number));
      case "flag":
        return words.out.view.setUint8(at, 1);
      case "maybe":
        return words.out.view.setUint16(at, value === true ? 2 : 1, true);
    }
  };

  const texts = (at: number, list: readonly string[]): void => {
    const first = words.pointers(at, list.length);
    for (let i = 0; i < list.length; i++) words.text(first + i * WORD, list[i] as string);
  };

  const struct = (at: number, layout: Layout, fields: Fields): void => {
    const target = words.take(layout.dataWords + layout.pointers);
    words.struct(at, target, layout.dataWords, layout.pointers);
    whole(target, layout, fields);
  };

  const whole = (at: number, layout: Layout, fields: Fields): void => {
    const left = put(at, layout, fields, Object.keys(fields));
    if (left.length > 0) values.fields(at + (layout.dataWords + (layout.more as number)) * WORD, fields, left);
  };

  const methods = (at: number, list: readonly (string | Fields)[]): void => {
    const first = words.structs(at, list.length, METHOD.dataWords, METHOD.pointers);
    list.forEach((method, i) => whole(first + i * (METHOD.dataWords + METHOD.pointers) * WORD, METHOD, typeof method === "string" ? { name: method } : method));
  };

  return {
    words,
    value: (root, value) => values.pointed(root, value),
    frame(root, frame, beside) {
      const { tag, id, own, body } = layoutOf(frame);
      const at = words.take(FRAME_DATA_WORDS + FRAME_POINTERS);
      words.struct(root, at, FRAME_DATA_WORDS, FRAME_POINTERS);
      words.out.view.setUint16(at + WORD, tag, true);
      let keys: readonly string[] = Object.keys(frame);
      if (tag !== OTHER.tag) keys = keys.filter((key) => key !== "t");
      if (id !== "never" && isWhole(frame["id"]) && (id === "always" || frame["id"] > 0)) {
        words.integer(at, frame["id"]);
        keys = keys.filter((key) => key !== "id");
      }
      keys = put(at, own, frame, keys);
      if (body !== undefined) {
        const target = words.take(body.dataWords + body.pointers);
        words.struct(at + FRAME_DATA_WORDS * WORD, target, body.dataWords, body.pointers);
        keys = put(target, body, frame, keys, beside);
      }
      if (keys.some((key) => frame[key] !== undefined)) values.fields(at + (FRAME_DATA_WORDS + (own.more as number)) * WORD, frame, keys);
    },
  };
}

/** Whether the schema's place can hold it. What cannot be held there travels as a plain field, for the receiver to judge. */
function fits({ kind }: Slot, value: unknown): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "map":
    case "error":
      return isMap(value);
    case "value":
    case "always":
      return value !== undefined;
    case "methods":
      return Array.isArray(value) && value.every((item) => typeof item === "string" || (isMap(item) && typeof item["name"] === "string"));
    case "number":
      return isWhole(value);
    case "positive":
      return isWhole(value) && value > 0;
    case "optional":
      return isWhole(value);
    case "flag":
      return value === true;
    case "maybe":
      return typeof value === "boolean";
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
}
