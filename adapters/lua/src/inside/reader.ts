import { SallyportError } from "@sallyport/bus";
import { TYPE, TYPE_NAMES } from "./exports.js";
import type { Machine } from "./machine.js";
import type { ValueBounds } from "./values.js";

/** Takes values off a stack of the machine's. Any of it may be hostile. */
export interface Reader {
  read(L: number, index: number, what: string): unknown;
  text(L: number, index: number): string;
}

type Kind = "array" | "bytes" | "time";

/** Of text so short a loop is faster than the engine's decoder. */
const SHORT_TEXT = 32;
/** Slots of the stack that one level of a value needs. */
const SLOTS = 8;
const MAX_TEXT_BYTES = 64 << 10;
const MAX_PATH_CHARS = 80;

/** `kinds`: what a table is by the address of its metatable. */
export function createReader(machine: Machine, bounds: ValueBounds, kinds: ReadonlyMap<number, Kind>): Reader {
  const { c } = machine;
  const lengthAt = c.malloc(8);
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Where the string at `index` begins; `endOf` says where it ends. */
  function startOf(L: number, index: number): number {
    return c.lua_tolstring(L, index, lengthAt);
  }

  function endOf(start: number): number {
    return start + machine.view().getUint32(lengthAt, true);
  }

  function readText(L: number, index: number, walk: Walk): string {
    const start = startOf(L, index);
    const end = endOf(start);
    if ((walk.bytes -= end - start) < 0) throw new Refusal(`holds more than ${bounds.bytes} bytes`, "resource_exhausted");
    const bytes = machine.bytes();
    if (end - start <= SHORT_TEXT && isAscii(bytes, start, end)) return bytes.toString("latin1", start, end);
    try {
      return strict.decode(bytes.subarray(start, end));
    } catch {
      throw new Refusal("is a string that is not UTF-8: pass it as bytes(...)");
    }
  }

  function read(L: number, index: number, walk: Walk, depth: number): unknown {
    if (--walk.items < 0) throw new Refusal(`holds more than ${bounds.items} values`, "resource_exhausted");
    const type = c.lua_type(L, index);
    switch (type) {
      case TYPE.nil:
      case TYPE.none:
        return null;
      case TYPE.boolean:
        return c.lua_toboolean(L, index) !== 0;
      case TYPE.number: {
        const number = c.lua_tonumberx(L, index, 0);
        if (Number.isSafeInteger(number)) return number;
        if (c.lua_isinteger(L, index) !== 0) return c.lua_tointegerx(L, index, 0);
        if (!Number.isFinite(number)) throw new Refusal("is a number that is not finite");
        return number;
      }
      case TYPE.string:
        return readText(L, index, walk);
      case TYPE.light:
        if (c.lua_touserdata(L, index) === 0) return null;
        break;
      case TYPE.table:
        return readTable(L, index, walk, depth);
    }
    throw new Refusal(`is ${TYPE_NAMES[type] ?? "of no known type"}, which cannot cross`);
  }

  function readTable(L: number, index: number, walk: Walk, depth: number): unknown {
    if (depth <= 0) throw new Refusal(`is nested deeper than ${bounds.depth} levels, or within itself`, "resource_exhausted");
    if (c.lua_checkstack(L, SLOTS) === 0) throw new Refusal("finds no stack to be read with", "resource_exhausted");
    const kind = kindOf(L, index);
    if (kind === "bytes") return readBytes(L, index, walk);
    if (kind === "time") return readTime(L, index);
    const table = absolute(L, index);
    const array: unknown[] = [];
    const map: Record<string, unknown> = {};
    const length = Number(c.lua_rawlen(L, table));
    let found = 0;
    let names = 0;
    c.lua_pushnil(L);
    while (c.lua_next(L, table) !== 0) {
      const keyType = c.lua_type(L, -2);
      if (keyType === TYPE.string) {
        const key = readText(L, -2, walk);
        names++;
        if (key === "__proto__") throw new Refusal('has a key "__proto__", which no frame may carry');
        try {
          map[key] = read(L, -1, walk, depth - 1);
        } catch (error) {
          throw located(error, `.${key}`);
        }
      } else {
        const key = keyType === TYPE.number && c.lua_isinteger(L, -2) !== 0 ? c.lua_tonumberx(L, -2, 0) : -1;
        if (key < 1 || key > length) throw new Refusal(keyType === TYPE.number ? "has numbers as keys that are not 1, 2, 3, ... without a gap; a missing item is null" : `has ${TYPE_NAMES[keyType] ?? "something"} as a key`);
        found++;
        try {
          array[key - 1] = read(L, -1, walk, depth - 1);
        } catch (error) {
          throw located(error, `[${key}]`);
        }
      }
      if (names > 0 && (found > 0 || kind === "array")) throw new Refusal("has both items and named fields: it is an array or a map");
      c.lua_settop(L, -2);
    }
    if (names > 0) return map;
    if (found !== length) throw new Refusal("has a gap: a missing item is null, not nil");
    return found > 0 || kind === "array" ? array : map;
  }

  function readBytes(L: number, index: number, walk: Walk): Uint8Array {
    c.lua_rawgeti(L, index, 1n);
    if (c.lua_type(L, -1) !== TYPE.string) throw new Refusal("is bytes(...) without its string");
    const start = startOf(L, -1);
    const end = endOf(start);
    if ((walk.bytes -= end - start) < 0) throw new Refusal(`holds more than ${bounds.bytes} bytes`, "resource_exhausted");
    c.lua_settop(L, -2);
    // A copy of its own: not of the machine's memory, and no Buffer.
    return new Uint8Array(machine.bytes().subarray(start, end));
  }

  function readTime(L: number, index: number): Date {
    const table = absolute(L, index);
    c.lua_rawgeti(L, table, 1n);
    if (c.lua_type(L, -1) !== TYPE.number) throw new Refusal("is time(...) without its number");
    const ms = c.lua_tonumberx(L, -1, 0);
    c.lua_settop(L, -2);
    return new Date(ms);
  }

  function kindOf(L: number, index: number): Kind | undefined {
    if (c.lua_getmetatable(L, index) === 0) return undefined;
    const address = c.lua_topointer(L, -1);
    c.lua_settop(L, -2);
    return kinds.get(address);
  }

  function absolute(L: number, index: number): number {
    return index > 0 ? index : c.lua_gettop(L) + index + 1;
  }

  return {
    read(L, index, what) {
      const top = c.lua_gettop(L);
      try {
        return machine.unbounded(() => read(L, index, { items: bounds.items, bytes: bounds.bytes }, bounds.depth));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const path = error.path.replace(/^\./, "").slice(0, MAX_PATH_CHARS);
        throw new SallyportError(error.code, `${what}${path === "" ? "" : ` at ${path}`} ${error.message}`, { ...(path !== "" && { path }) });
      } finally {
        c.lua_settop(L, top);
      }
    },
    text(L, index) {
      const type = c.lua_type(L, index);
      if (type !== TYPE.string) return TYPE_NAMES[type] ?? "nothing";
      const start = startOf(L, index);
      return lenient.decode(machine.bytes().subarray(start, Math.min(endOf(start), start + MAX_TEXT_BYTES)));
    },
  };
}

interface Walk {
  items: number;
  bytes: number;
}

/** The path grows on the way out. */
class Refusal extends Error {
  path = "";
  readonly code: "internal" | "resource_exhausted";
  constructor(message: string, code: "internal" | "resource_exhausted" = "internal") {
    super(message);
    this.code = code;
  }
}

function located(error: unknown, step: string): unknown {
  if (error instanceof Refusal) error.path = step + error.path;
  return error;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

