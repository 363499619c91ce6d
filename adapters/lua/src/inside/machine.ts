import { Buffer } from "node:buffer";
import process from "node:process";
import glue from "wasmoon/dist/glue.wasm";
import type { LuaExports } from "./exports.js";

/** WebAssembly as this package uses it; Node's types do not have it. */
interface Wasm {
  compile(bytes: Uint8Array): Promise<CompiledLua>;
  readonly Module: { new (bytes: Uint8Array): CompiledLua; imports(module: CompiledLua): { readonly module: string; readonly name: string; readonly kind: string }[] };
  readonly Instance: new (module: CompiledLua, imports: object) => { readonly exports: Record<string, unknown> };
}

/** The interpreter, compiled; a machine is made of it for each script. */
export type CompiledLua = object & { readonly __brand?: "WebAssembly.Module" };

const PAGE_BYTES = 65_536;

/** One interpreter with a memory of its own. What it imports is below, and that is all that it can reach. */
export interface Machine {
  readonly c: LuaExports;
  /** Its memory as it is now; not to be kept, since growing replaces it. */
  bytes(): Buffer;
  view(): DataView;
  /** A function of ours as an index of the table: `void (a, b)`, or `int (a)`. */
  callback(kind: "hook" | "function", fn: (a: number, b: number) => number | void): number;
  /** Runs `fn` beyond the bound on memory: what the host itself writes is bounded by its frames, and cannot fail in the middle. */
  unbounded<T>(fn: () => T): T;
  /** Whether memory was refused since this was asked last. */
  refused(): boolean;
}

export function compileLua(): Promise<CompiledLua> {
  return wasm().compile(glue);
}

/** What the plugin reached that ends its machine: a trap, an exhausted stack of the engine's. */
export class MachineFault extends Error {}

export function createMachine(module: CompiledLua, maxBytes: number): Machine {
  const { Module, Instance } = wasm();
  let bound = true;
  let refused = false;
  let bytes = Buffer.alloc(0);
  let view = new DataView(bytes.buffer);
  // Growing detaches what was there: its length is 0 then.
  const refresh = (): void => {
    if (bytes.length > 0) return;
    bytes = Buffer.from(c.memory.buffer);
    view = new DataView(c.memory.buffer);
  };
  const machine: Machine = {
    get c() {
      return c;
    },
    bytes() {
      refresh();
      return bytes;
    },
    view() {
      refresh();
      return view;
    },
    callback(kind, fn) {
      const table = c.__indirect_function_table;
      const index = table.grow(1);
      table.set(index, new Instance(new Module(bridge(kind)), { e: { f: fn } }).exports["f"]);
      return index;
    },
    unbounded(fn) {
      const before = bound;
      bound = false;
      try {
        return fn();
      } finally {
        bound = before;
      }
    },
    refused() {
      const was = refused;
      refused = false;
      return was;
    },
  };

  /** `malloc` asks for the whole size that it wants the memory to have; refused, it gives NULL, and Lua collects or fails with `not enough memory`. */
  function grow(wanted: number): number {
    const has = c.memory.buffer.byteLength;
    const needed = wanted >>> 0;
    if (bound && needed > maxBytes) {
      refused = true;
      return 0;
    }
    const generous = Math.max(needed, Math.min(has + (has >> 2), bound ? maxBytes : needed));
    try {
      c.memory.grow(Math.ceil((generous - has) / PAGE_BYTES));
      return 1;
    } catch {
      return 0;
    }
  }

  /** Lua's errors are longjmps, which emscripten makes of exceptions: the number is the sign. */
  function invoke(fn: number, a: number, b: number): void {
    const stack = c.stackSave();
    try {
      c.__indirect_function_table.get(fn)(a, b);
    } catch (thrown) {
      c.stackRestore(stack);
      if (typeof thrown !== "number") throw thrown;
      c.setThrew(1, 0);
    }
  }

  const known: Readonly<Record<string, (...args: never[]) => unknown>> = {
    invoke_vii: invoke,
    _emscripten_throw_longjmp() {
      // oxlint-disable-next-line no-throw-literal -- emscripten's own sign
      throw Infinity;
    },
    emscripten_resize_heap: grow,
    emscripten_date_now: Date.now,
    abort() {
      throw new MachineFault("Lua's state is broken");
    },
    // Lua prints what it cannot report otherwise, before it aborts.
    fd_write(fd: number, vectors: number, count: number, written: number): number {
      const at = machine.view();
      let total = 0;
      for (let i = 0; i < count; i++) {
        const [start, length] = [at.getUint32(vectors + 8 * i, true), at.getUint32(vectors + 8 * i + 4, true)];
        if (fd === 2) process.stderr.write(machine.bytes().toString("latin1", start, start + length));
        total += length;
      }
      at.setUint32(written, total, true);
      return 0;
    },
    // No variables: both counts are 0.
    environ_sizes_get(count: number, size: number): number {
      machine.view().setUint32(count, 0, true);
      machine.view().setUint32(size, 0, true);
      return 0;
    },
    environ_get: () => 0,
  };
  // Files, programs, clocks and zones: the libraries that would ask for them are not opened, and there is nothing behind them.
  const refuse = (): number => -1;
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: space, name } of Module.imports(module)) (imports[space] ??= {})[name] = known[name] ?? refuse;

  const c = new Instance(module, imports).exports as unknown as LuaExports;
  c.emscripten_stack_init();
  c.__wasm_call_ctors();
  return machine;
}

/** The smallest module that imports one function and exports it again: a table takes no other functions of ours. */
function bridge(kind: "hook" | "function"): Uint8Array {
  const type = kind === "hook" ? [2, 0x7f, 0x7f, 0] : [1, 0x7f, 1, 0x7f];
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 2 + type.length, 1, 0x60, ...type, 2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0]);
}

function wasm(): Wasm {
  return (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
}
