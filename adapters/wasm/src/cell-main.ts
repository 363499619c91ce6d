import { isMainThread } from "node:worker_threads";
import { keepQuiet, readPreludeSync } from "@sallyport/cell/inside";
import { requireHost } from "@sallyport/plugin/stdio";
import { compile, instantiate, type LinearMemory, type Module } from "./cell/engine.js";
import { fail, refuse, trapped } from "./cell/fail.js";
import { runGuest } from "./cell/guest.js";
import type { Head } from "./cell/head.js";
import { readAhead } from "./cell/wasi/reader.js";
import { createWasi } from "./cell/wasi/wasi.js";

// The program of a cell: bundled to dist/wasm-cell.cjs. Its second thread, where there is one, waits for stdin.

if (isMainThread) main();
else readAhead();

function main(): void {
  requireHost("This file");
  keepQuiet();
  const { head, body } = readPreludeSync<Head>();
  const { wasi: granted, mostBytes } = head;
  let module: Module;
  try {
    module = compile(body);
  } catch (thrown) {
    return refuse((thrown as Error).message);
  }
  if (granted === undefined) return runGuest(module, {}, mostBytes);
  const wasi = createWasi(granted);
  if (granted.runs === "reactor") return runGuest(module, { wasi_snapshot_preview1: wasi.imports }, mostBytes, wasi.attach);
  let memory: LinearMemory | undefined;
  wasi.attach(() => memory ?? fail("the module calls the host before it has started"));
  try {
    const program = instantiate(module, { wasi_snapshot_preview1: wasi.imports }) as { readonly memory: LinearMemory; _start(): void };
    memory = program.memory;
    program._start();
  } catch (thrown) {
    trapped("the program", thrown, memory, mostBytes);
  }
  process.exit(0);
}
