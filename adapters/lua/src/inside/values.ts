import { REGISTRY } from "./exports.js";
import type { Machine } from "./machine.js";
import { createReader } from "./reader.js";
import { createWriter } from "./writer.js";

/** Metatables by which a table says that it is more than a map: references of the registry. */
export interface Marks {
  readonly array: number;
  readonly bytes: number;
  readonly time: number;
}

/** What one value from a script may be. */
export interface ValueBounds {
  readonly items: number;
  readonly depth: number;
  /** Text and bytes together. */
  readonly bytes: number;
}

/** Copies values into a machine and out of it. Nothing else passes: no function, no userdata, no reference. */
export interface Values {
  /** Pushes one value. `null` is nil by itself and `null` inside of another value, which could not hold a nil. */
  push(L: number, value: unknown, inside?: boolean): void;
  pushText(L: number, text: string): void;
  /** The value at `index`, by raw access alone: no code of the script runs. Throws `internal` naming the place. */
  read(L: number, index: number, what: string): unknown;
  /** The string at `index` as text, whatever its bytes are; other kinds of value by their name. */
  text(L: number, index: number): string;
}

export interface MarkableValues extends Values {
  /** Where the marks are, once the kit has made them. */
  mark(L: number, marks: Marks): void;
}

export function createValues(machine: Machine, bounds: ValueBounds): MarkableValues {
  const { c } = machine;
  let marks: Marks = { array: 0, bytes: 0, time: 0 };
  /** By the address of the mark: tables do not move. */
  const kinds = new Map<number, keyof Marks>();
  const writer = createWriter(machine, () => marks);
  const reader = createReader(machine, bounds, kinds);
  return {
    push: (L, value, inside) => machine.unbounded(() => writer.push(L, value, inside)),
    pushText: (L, text) => machine.unbounded(() => writer.pushText(L, text)),
    read: reader.read,
    text: reader.text,
    mark(L, found) {
      marks = found;
      for (const kind of ["array", "bytes", "time"] as const) {
        c.lua_rawgeti(L, REGISTRY, BigInt(found[kind]));
        kinds.set(c.lua_topointer(L, -1), kind);
        c.lua_settop(L, -2);
      }
    },
  };
}
