import type { Bytes } from "../bytes.js";
import type { Input } from "../input.js";
import { MAX_NAMES, UNNUMBERED } from "./tags.js";
import type { ValueReader } from "./value-in.js";

/** Longest name of a method or topic, characters: as `readFrame` has it. */
const MAX_NAME_CHARS = 256;

/** Names of methods and topics as one byte each, written out the first time. */
export interface NamesOut {
  readonly size: number;
  /** Writes the number; `true`: the name must follow, as a text value. */
  write(name: string, out: Bytes): boolean;
  keep(size: number): void;
}

export function createNamesOut(): NamesOut {
  const numbers = new Map<string, number>();
  return {
    get size() {
      return numbers.size;
    },
    write(name, out) {
      const known = numbers.get(name);
      const fresh = known === undefined;
      const number = known ?? (numbers.size < MAX_NAMES ? numbers.size : UNNUMBERED);
      if (fresh && number !== UNNUMBERED) numbers.set(name, number);
      out.reserve(1);
      out.view.setUint8(out.size++, number);
      return fresh;
    },
    keep(size) {
      for (const [name, number] of numbers) if (number >= size) numbers.delete(name);
    },
  };
}

export interface NamesIn {
  /** `values` reads what follows where the name is new. */
  read(input: Input, values: ValueReader): string;
}

export function createNamesIn(): NamesIn {
  const names: string[] = [];
  return {
    read(input, values) {
      const number = input.view.getUint8(input.take(1));
      const known = names[number];
      if (known !== undefined) return known;
      if (number !== UNNUMBERED && number !== names.length) throw input.bad(`refers to name ${number}, which was not defined`);
      const name = values.read(0);
      if (typeof name !== "string" || name === "" || name.length > MAX_NAME_CHARS) throw input.bad(`expects m: a string of 1 to ${MAX_NAME_CHARS} characters`);
      if (number !== UNNUMBERED) names.push(name);
      return name;
    },
  };
}
