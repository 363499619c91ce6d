import type { Machine } from "./machine.js";
import { REGISTRY } from "./exports.js";
import type { Marks } from "./values.js";

/** Puts values of ours on a stack of the machine's. */
export interface Writer {
  push(L: number, value: unknown, inside?: boolean): void;
  pushText(L: number, text: string): void;
}

/** Text and bytes up to so many go through one buffer. */
const SCRATCH_BYTES = 16 << 10;
/** Of text so short a loop is faster than the engine's encoder. */
const SHORT_TEXT = 32;
/** Slots of the stack that one level of a value needs. */
const SLOTS = 8;

export function createWriter(machine: Machine, marks: () => Marks): Writer {
  const { c } = machine;
  const scratch = c.malloc(SCRATCH_BYTES);
  const encoder = new TextEncoder();

  function pushText(L: number, text: string): void {
    if (text.length <= SHORT_TEXT && writeAscii(text)) return void c.lua_pushlstring(L, scratch, text.length);
    const most = 3 * text.length;
    const at = most <= SCRATCH_BYTES ? scratch : c.malloc(most);
    const { written } = encoder.encodeInto(text, machine.bytes().subarray(at, at + most));
    c.lua_pushlstring(L, at, written);
    if (at !== scratch) c.free(at);
  }

  /** `false`: it has other characters. */
  function writeAscii(text: string): boolean {
    const bytes = machine.bytes();
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[scratch + i] = unit;
    }
    return true;
  }

  function pushBytes(L: number, bytes: Uint8Array): void {
    const at = bytes.length <= SCRATCH_BYTES ? scratch : c.malloc(bytes.length);
    machine.bytes().set(bytes, at);
    c.lua_pushlstring(L, at, bytes.length);
    if (at !== scratch) c.free(at);
  }

  function setMark(L: number, mark: number): void {
    c.lua_rawgeti(L, REGISTRY, BigInt(mark));
    c.lua_setmetatable(L, -2);
  }

  function push(L: number, value: unknown, inside = false): void {
    switch (typeof value) {
      case "boolean":
        return c.lua_pushboolean(L, value ? 1 : 0);
      case "number":
        return Number.isSafeInteger(value) ? c.lua_pushinteger(L, BigInt(value)) : c.lua_pushnumber(L, value);
      case "bigint":
        return c.lua_pushinteger(L, value);
      case "string":
        return pushText(L, value);
      case "object":
        if (value !== null) return pushObject(L, value);
    }
    if (inside) c.lua_pushlightuserdata(L, 0);
    else c.lua_pushnil(L);
  }

  function pushObject(L: number, value: object): void {
    c.lua_checkstack(L, SLOTS);
    if (value instanceof Uint8Array) {
      c.lua_createtable(L, 1, 0);
      pushBytes(L, value);
      c.lua_rawseti(L, -2, 1n);
      return setMark(L, marks().bytes);
    }
    if (value instanceof Date) {
      c.lua_createtable(L, 1, 0);
      c.lua_pushinteger(L, BigInt(value.getTime()));
      c.lua_rawseti(L, -2, 1n);
      return setMark(L, marks().time);
    }
    if (Array.isArray(value)) {
      c.lua_createtable(L, value.length, 0);
      for (let i = 0; i < value.length; i++) {
        push(L, value[i], true);
        c.lua_rawseti(L, -2, BigInt(i + 1));
      }
      return setMark(L, marks().array);
    }
    c.lua_createtable(L, 0, 0);
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      pushText(L, key);
      push(L, item, true);
      c.lua_rawset(L, -3);
    }
  }

  return { push, pushText };
}
