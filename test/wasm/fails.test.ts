import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SallyportError } from "@sallyport/bus";
import type { Kernel, LifecycleEvent } from "@sallyport/kernel";
import { i32, I32, LOG, onCall, OP, plugin, SEND, TIMER, type Parts } from "./assemble.js";
import { kernel, written } from "./harness.js";

/** Index of sallyport_receive: behind four imports and three functions. */
const RECEIVE = 7;
const forEver = [OP.loop, OP.void, OP.br, 0, OP.end];
/** `loop: x; br_if` with what leaves a number on the stack: until it is 0. */
const until0 = (body: readonly number[]): readonly number[] => [OP.loop, OP.void, ...body, 0x0d, 0, OP.end];
const MB = 64;

async function loaded(bytes: Uint8Array, limits = {}): Promise<{ k: Kernel; life: LifecycleEvent[]; call: (timeoutMs?: number) => Promise<SallyportError> }> {
  const life: LifecycleEvent[] = [];
  const k = kernel({ graceMs: 200, hooks: { lifecycle: (event) => void life.push(event) } });
  k.provide("host.ping", () => "pong");
  await k.load({ path: written(bytes), mode: "wasm", limits: { memoryMb: MB, ...limits }, restart: false });
  const call = (timeoutMs = 20_000): Promise<SallyportError> => k.call("bad.do", null, { timeoutMs }).then(() => Promise.reject(new Error("it answered")), (error: SallyportError) => error);
  return { k, life, call };
}

describe("what a module does to itself ends its instance, with the reason", () => {
  const spoilt = "the frame";
  for (const [what, body, text, code = "plugin_crashed", parts = {}] of [
    ["unreachable", [OP.unreachable], "sallyport_receive trapped: RuntimeError: unreachable"],
    ["a read out of bounds", [...i32(0x7fff0000), OP.load, 2, 0, OP.drop], "RuntimeError: memory access out of bounds"],
    ["a division by zero", [...i32(1), ...i32(0), OP.div, OP.drop], "RuntimeError: divide by zero"],
    ["recursion without end", [OP.localGet, 0, OP.localGet, 1, OP.call, RECEIVE], "RangeError: Maximum call stack size exceeded"],
    ["a call through an empty place of a table", [...i32(3), 0x11, 9, 0], "RuntimeError: ", "plugin_crashed", { table: [1, 0x70, 0, 8] }],
    ["a frame sent from outside of its memory", [...i32(-16), ...i32(64), OP.call, SEND], "RangeError: 64 bytes at 4294967280"],
    ["a frame of 4 GiB", [...i32(0), ...i32(-1), OP.call, SEND], "RangeError: 4294967295 bytes at 0"],
    ["a log line from outside of its memory", [...i32(1), ...i32(-16), ...i32(64), OP.call, LOG], "RangeError: 64 bytes at 4294967280"],
    ["memory.grow until there is no more", [...until0([...i32(1), OP.memoryGrow, 0, ...i32(-1), 0x47]), OP.unreachable], "out of memory: it holds 32 of 32 MiB", "memory_limit"],
    ["a frame that is none", [...i32(1026), ...i32(8), OP.call, SEND], spoilt, "protocol_violation"],
  ] as readonly (readonly [string, readonly number[], string, string?, Parts?])[]) {
    test(`${what}`, async () => {
      const { call, k } = await loaded(plugin({ receive: onCall(body) }, parts));
      const error = await call();
      expect(error).toMatchObject({ code, plugin: "bad" });
      if (text !== spoilt) expect(error.crash?.stderrTail?.at(-1)).toContain(text);
      expect(await k.call("host.ping")).toBe("pong");
    });
  }

  test("memory and tables that it was not given: growing fails, and it goes on", async () => {
    // Sixteen pages at a time until that fails; then a touch of each; then the table, until that fails; then a word of its size.
    const at = 0;
    const body = [
      ...until0([...i32(16), OP.memoryGrow, 0, ...i32(-1), 0x47]),
      // for (p = size - 65536; p > 65536; p -= 4096) *p = 1
      OP.memorySize, 0, ...i32(16), 0x74, ...i32(65536), 0x6b, 0x21, at,
      OP.loop, OP.void, OP.localGet, at, ...i32(1), OP.store, 2, 0, OP.localGet, at, ...i32(4096), 0x6b, 0x22, at, ...i32(65536), 0x4b, 0x0d, 0, OP.end,
      ...until0([0xd0, 0x70, ...i32(1024), 0xfc, 0x0f, 0, ...i32(-1), 0x47]),
      0xfc, 0x10, 0, ...i32((1 << 17) - 1023), 0x46, 0x04, OP.void, ...i32(1), ...i32(1026), ...i32(6), OP.call, LOG, OP.end,
    ];
    const logs: string[] = [];
    const k = kernel({ hooks: { log: (entry) => void logs.push(entry.message) } });
    await k.load({ path: written(plugin({ receive: onCall(body) }, { table: [1, 0x70, 0, 1] })), mode: "wasm", limits: { memoryMb: MB } });
    const answer = k.call("bad.do", null, { timeoutMs: 20_000 }).catch(({ code }: SallyportError) => code);
    await expect.poll(() => logs, { timeout: 20_000 }).toContain('t":"he');
    await k.close({ drainMs: 0 });
    expect(["cancelled", "unavailable"]).toContain(await answer);
  }, 60_000);

  /** The host's hello is the larger of the two. */
  const forCalls = (body: readonly number[]): number[] => [OP.localGet, 0, ...i32(200), 0x4a, 0x04, I32, ...i32(8192), 0x05, ...body, OP.end];

  test("what it gives for a frame lies outside of its memory", async () => {
    const { call } = await loaded(plugin({ alloc: forCalls(i32(-4)) }));
    expect(await call()).toMatchObject({ code: "plugin_crashed", crash: { stderrTail: [expect.stringContaining("sallyport_alloc trapped: RangeError")] } });
  });

  test("it has no room for a frame", async () => {
    const { call } = await loaded(plugin({ alloc: forCalls(i32(0)) }));
    expect(await call()).toMatchObject({ code: "memory_limit", crash: { stderrTail: [expect.stringContaining("out of memory: the module has no room for a frame")] } });
  });

  test("it sends before it may, or says itself that it cannot start", async () => {
    const load = (bytes: Uint8Array): Promise<unknown> => kernel().load({ path: written(bytes), mode: "wasm", limits: { memoryMb: MB } });
    await expect(load(plugin({ codec: [...i32(1024), ...i32(8), OP.call, SEND, ...i32(0)] }))).rejects.toMatchObject({ code: "plugin_crashed", crash: { stderrTail: [expect.stringContaining("calls send outside of sallyport_start")] } });
    await expect(load(plugin({ start: i32(5) }))).rejects.toMatchObject({ code: "plugin_crashed", crash: { stderrTail: ["sallyport_start failed with 5"] } });
  });
});

describe("what never ends is ended", () => {
  test("a call: its caller is answered at the deadline, the instance killed after the grace", async () => {
    const { call, k, life } = await loaded(plugin({ receive: onCall(forEver) }));
    expect(await call(300)).toMatchObject({ code: "deadline_exceeded" });
    expect(await k.call("host.ping")).toBe("pong");
    await expect.poll(() => life.some(({ event, reason }) => event === "crashed" && reason === "stuck"), { timeout: 10_000 }).toBe(true);
  });

  test("the module's own start, and the first call into it", async () => {
    const load = (bytes: Uint8Array): Promise<unknown> => kernel().load({ path: written(bytes), mode: "wasm", startTimeoutMs: 700 });
    const begin = { params: [], results: [], body: forEver };
    await expect(load(plugin({}, { functions: [begin], start: 4 + 7 }))).rejects.toMatchObject({ code: "start_timeout" });
    await expect(load(plugin({ abi: [...forEver, ...i32(1)] }))).rejects.toMatchObject({ code: "start_timeout" });
  });

  test("a timer that sets itself again: it goes on answering nobody, and ends when it is unloaded", async () => {
    const again = [...i32(0), OP.call, TIMER];
    const { k, life } = await loaded(plugin({ wake: again, receive: again }));
    await delay(100);
    await k.unload("bad", { drainMs: 100 });
    expect(life.map(({ event }) => event)).not.toContain("crashed");
  });

  test("CPU time above cpuSeconds", async () => {
    const { call } = await loaded(plugin({ receive: onCall(forEver) }), { cpuSeconds: 1 });
    expect(await call(60_000)).toMatchObject({ code: "cpu_limit" });
  }, 90_000);
});

test("a compile bomb costs the host nothing but the wait for it", async () => {
  // Three functions of seven MB, each of them called at the start.
  const bodies = [0, 1, 2].map(() => ({ params: [], results: [I32], body: Buffer.concat([Buffer.alloc(7_000_000, OP.nop), Buffer.from(i32(0))]) }));
  const calls = [0, 1, 2].flatMap((i) => [OP.call, 4 + 7 + i, OP.drop]);
  const k = kernel();
  k.provide("host.ping", () => "pong");
  const path = written(plugin({ abi: [...calls, ...i32(1)] }, { functions: bodies }));
  const began = performance.now();
  const loading = k.load({ path, mode: "wasm", startTimeoutMs: 3000 }).then(() => "ready", ({ code }: SallyportError) => code);
  expect(await k.call("host.ping")).toBe("pong");
  expect(["ready", "start_timeout", "memory_limit", "plugin_crashed"]).toContain(await loading);
  expect(performance.now() - began).toBeLessThan(30_000);
}, 60_000);
