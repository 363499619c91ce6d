/** A pointer into the machine's memory, or an index of its stack or table. */
type Int = number;

/** What of Lua's C API, as wasmoon's build exports it, is used here. `L` is a `lua_State *`. */
export interface LuaExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly __indirect_function_table: { readonly length: number; get(index: Int): (...args: Int[]) => unknown; set(index: Int, fn: unknown): void; grow(by: number): number };
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): Int;
  stackRestore(pointer: Int): void;
  setThrew(threw: Int, value: Int): void;
  malloc(bytes: number): Int;
  free(pointer: Int): void;
  luaL_newstate(): Int;
  luaopen_base(L: Int): Int;
  luaopen_coroutine(L: Int): Int;
  luaopen_table(L: Int): Int;
  luaopen_string(L: Int): Int;
  luaopen_math(L: Int): Int;
  luaopen_utf8(L: Int): Int;
  luaopen_debug(L: Int): Int;
  luaL_loadbufferx(L: Int, bytes: Int, length: number, name: Int, mode: Int): Int;
  luaL_ref(L: Int, table: Int): Int;
  luaL_unref(L: Int, table: Int, ref: Int): void;
  luaL_where(L: Int, level: number): void;
  luaL_traceback(L: Int, of: Int, message: Int, level: number): void;
  lua_newthread(L: Int): Int;
  lua_resetthread(L: Int): Int;
  lua_resume(L: Int, from: Int, args: number, results: Int): Int;
  lua_yieldk(L: Int, results: number, context: Int, continuation: Int): Int;
  lua_isyieldable(L: Int): Int;
  lua_error(L: Int): Int;
  lua_sethook(L: Int, hook: Int, mask: Int, count: number): void;
  lua_gethookcount(L: Int): number;
  lua_checkstack(L: Int, slots: number): Int;
  lua_gettop(L: Int): Int;
  lua_settop(L: Int, index: Int): void;
  lua_xmove(from: Int, to: Int, values: number): void;
  lua_type(L: Int, index: Int): Int;
  lua_isinteger(L: Int, index: Int): Int;
  lua_toboolean(L: Int, index: Int): Int;
  lua_tonumberx(L: Int, index: Int, isNumber: Int): number;
  lua_tointegerx(L: Int, index: Int, isInteger: Int): bigint;
  lua_tolstring(L: Int, index: Int, length: Int): Int;
  lua_touserdata(L: Int, index: Int): Int;
  lua_topointer(L: Int, index: Int): Int;
  lua_rawlen(L: Int, index: Int): bigint;
  lua_rawequal(L: Int, a: Int, b: Int): Int;
  lua_rawget(L: Int, index: Int): Int;
  lua_rawgeti(L: Int, index: Int, key: bigint): Int;
  lua_rawset(L: Int, index: Int): void;
  lua_rawseti(L: Int, index: Int, key: bigint): void;
  lua_next(L: Int, index: Int): Int;
  lua_getmetatable(L: Int, index: Int): Int;
  lua_setmetatable(L: Int, index: Int): Int;
  lua_createtable(L: Int, array: number, map: number): void;
  lua_pushnil(L: Int): void;
  lua_pushboolean(L: Int, value: Int): void;
  lua_pushinteger(L: Int, value: bigint): void;
  lua_pushnumber(L: Int, value: number): void;
  lua_pushlstring(L: Int, bytes: Int, length: number): Int;
  lua_pushlightuserdata(L: Int, pointer: Int): void;
  lua_pushcclosure(L: Int, fn: Int, upvalues: number): void;
  lua_pushvalue(L: Int, index: Int): void;
  lua_setglobal(L: Int, name: Int): void;
}

/** Of lua.h. */
export const TYPE = { none: -1, nil: 0, boolean: 1, light: 2, number: 3, string: 4, table: 5, function: 6, userdata: 7, thread: 8 } as const;
export const TYPE_NAMES = ["a nil", "a boolean", "a light userdata", "a number", "a string", "a table", "a function", "a userdata", "a thread"] as const;
export const STATUS = { ok: 0, yield: 1, runtime: 2, syntax: 3, memory: 4 } as const;
export const REGISTRY = -1_001_000;
export const MASK_COUNT = 8;
