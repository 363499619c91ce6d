import { truncateSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { assemble, I32, i32, OP, plugin, section } from "./assemble.js";
import { kernel, written } from "./harness.js";

const load = (bytes: Uint8Array, mode = "wasm", memoryMb = 64): Promise<unknown> => kernel().load({ path: written(bytes), mode, limits: { memoryMb }, startTimeoutMs: 10_000 });

/** A component begins as a module does, but for its layer. */
const component = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);

describe("what is refused before anything of it runs, with what it is and what to do", () => {
  const wasi = { module: "wasi_snapshot_preview1", name: "fd_write", params: [I32, I32, I32, I32], results: [I32] };
  const limits = (...bytes: number[]): Uint8Array => plugin({}, { memory: bytes });
  for (const [what, bytes, code, text, help] of [
    ["something else", Buffer.from("#!/bin/sh\n"), "spawn_failed", "does not begin as a WebAssembly module does", /Build a core module/],
    ["an empty file", new Uint8Array(0), "spawn_failed", "does not begin as a WebAssembly module does", /Build/],
    ["a component", component, "spawn_failed", "it is a WebAssembly component, and these modes run core modules", /core module/],
    ["a module that is cut short", plugin().subarray(0, 90), "spawn_failed", "the module is cut short at byte 90", /Build/],
    ["a section that stands twice", Buffer.concat([plugin(), section(5, [1, 0, 1])]), "spawn_failed", "section 5 stands twice", /Build/],
    ["a count beyond its section", Buffer.concat([plugin().subarray(0, 8), section(1, [0xff, 0xff, 0x05, 0x60])]), "spawn_failed", "the module is cut short", /Build/],
    ["a number that never ends", Buffer.concat([plugin().subarray(0, 8), Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)]), "spawn_failed", "is not the end of a number", /Build/],
    ["millions of types", Buffer.concat([plugin().subarray(0, 8), section(1, [0x80, 0x80, 0x80, 0x01])]), "spawn_failed", "2097152 types; the most is", /Build/],
    ["millions of sections", Buffer.concat([plugin().subarray(0, 8), Buffer.alloc(20_000_000)]), "spawn_failed", "more than 1000 sections", /Build/],
    ["types of sixty MiB", Buffer.concat([plugin().subarray(0, 8), section(1, [1, 0x60], Buffer.alloc(60 << 20, 0x7f))]), "spawn_failed", "its types take 62914562 bytes; the most is 2097152", /Build/],
    ["a missing export", assemble({ functions: [{ name: "sallyport_abi", params: [], results: [I32], body: i32(1) }] }), "spawn_failed", "does not export sallyport_codec, sallyport_alloc, sallyport_receive", /ABI.md/],
    ["a WASI program", assemble({ functions: [{ name: "_start", params: [], results: [], body: [] }] }), "spawn_failed", "does not export sallyport_abi", /"mode": "wasi"/],
    ["imports that are not offered", plugin({}, { imports: [wasi, { module: "env", name: "system", params: [I32], results: [I32] }] }), "spawn_failed", "imports what is not offered: wasi_snapshot_preview1.fd_write, env.system", /"mode": "wasi"/],
    ["an imported memory", Buffer.concat([plugin().subarray(0, 8), section(2, [1, 1, 0x61, 1, 0x62, 2, 0, 1])]), "spawn_failed", "imports the memory a.b; functions are all that can be imported", /Build/],
    ["another signature of an import", plugin({}, { imports: [{ module: "sallyport", name: "send", params: [I32], results: [I32] }] }), "spawn_failed", "imports sallyport.send as (i32) -> (i32); it is (i32, i32) -> ()", /ABI.md/],
    ["another signature of an export", plugin({}, { functions: [{ name: "sallyport_wake", params: [I32], results: [], body: [] }] }), "spawn_failed", "exports sallyport_wake as (i32) -> (); it has to be () -> ()", /ABI.md/],
    ["no memory", plugin({}, { memory: [], exportsMemory: false, data: new Uint8Array(0) }), "spawn_failed", "does not export its memory", /Export it/],
    ["two memories", limits(2, 0, 1, 0, 1), "spawn_failed", "has 2 memories", /one memory/],
    ["shared memory", limits(1, 3, 1, 1), "spawn_failed", "shared or of 64 bits", /without threads/],
    ["memory of 64 bits", limits(1, 4, 1), "spawn_failed", "shared or of 64 bits", /wasm32/],
    ["more memory than it may have, from the start", limits(1, 0, 0x80, 0x10), "memory_limit", "begins with 2048 pages of memory, and limits.memoryMb of 64 leaves it 512", /Raise limits.memoryMb by 96/],
    ["a huge table", plugin({}, { table: [1, 0x70, 0, 0xff, 0xff, 0xff, 0x04] }), "spawn_failed", "has a table of 10485759 elements", /smaller tables/],
    ["many tables", plugin({}, { table: [17, ...Array.from({ length: 17 }, () => [0x70, 0, 1]).flat()] }), "spawn_failed", "17 tables; the most is 4", /Build/],
    ["code that is none", plugin({ receive: [0x99] }), "spawn_failed", "Compiling function", /ABI.md/],
    ["another ABI", plugin({ abi: i32(2) }), "version_mismatch", "it is built for guest ABI 2, and this host has 1", /ABI.md/],
    ["another codec", plugin({ codec: i32(7) }), "spawn_failed", "sallyport_codec answers neither 0 (json) nor 1 (msgpack)", /ABI.md/],
  ] as const) {
    test(`${what}`, async () => {
      await expect(load(bytes)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string, help: expect.stringMatching(help) as string });
    });
  }

  test("a file of a hundred MiB, unread", async () => {
    const path = written(plugin());
    truncateSync(path, 100 << 20);
    await expect(kernel().load({ path, mode: "wasm" })).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("is 104857600 bytes; the most is 67108864") as string });
  });

  test("arguments, which a module has none of", async () => {
    await expect(kernel().load({ path: written(plugin()), mode: "wasm", args: ["x"] })).rejects.toMatchObject({ code: "invalid_argument", help: "Put them into its config, which it finds in the host's hello." });
  });

  test("as a WASI program: functions that are not of preview 1, and a module that is no program", async () => {
    const start = { name: "_start", params: [], results: [], body: [] };
    await expect(load(assemble({ functions: [start], imports: [{ module: "wasi:cli/run@0.2.0", name: "run", params: [], results: [] }] }), "wasi")).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("imports what is not offered: wasi:cli/run@0.2.0.run") as string, help: "Build it for WASI preview 1 (wasm32-wasip1)." });
    await expect(load(assemble({ functions: [{ ...start, name: "main" }] }), "wasi")).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("does not export _start") as string });
    await expect(load(assemble({ functions: [start], imports: [{ module: "wasi_snapshot_preview1", name: "proc_exit", params: [], results: [] }] }), "wasi")).rejects.toMatchObject({ message: expect.stringContaining("imports wasi_snapshot_preview1.proc_exit as () -> (); it is (i32) -> ()") as string });
  });
});

test("a module that names no mode runs in the one it was built for", async () => {
  const k = kernel();
  expect(await k.load({ path: written(plugin()), name: "a" })).toMatchObject({ mode: "wasm" });
  await k.unload("a");
  // A command that ends without a word: as a plugin it is wrong, and it was asked in the right mode.
  await expect(k.load({ path: written(assemble({ functions: [{ name: "_start", params: [], results: [], body: [OP.nop] }] })), name: "b" })).rejects.toMatchObject({ code: expect.stringMatching(/bad_handshake|plugin_crashed/) as string });
});
