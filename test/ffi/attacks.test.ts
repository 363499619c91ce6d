import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { ffi } from "@sallyport/adapter-ffi";
import { createKernel, type Kernel, type LogEntry } from "@sallyport/kernel";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compileLibraries, type Libraries } from "./libraries.js";

let libraries: Libraries;
beforeAll(async () => {
  libraries = await compileLibraries();
}, 120_000);
afterAll(() => libraries[Symbol.dispose]());

const TIMEOUT_MS = 30_000;

function host(): { kernel: Kernel; logs: LogEntry[] } {
  const logs: LogEntry[] = [];
  const kernel = createKernel({ adapters: [ffi()], graceMs: 300, hooks: { log: (entry) => logs.push(entry) } });
  onTestFinished(() => kernel.close({ drainMs: 500 }));
  return { kernel, logs };
}

/** Loads an attacker, and answers what its attack came to. */
async function attack(name: string, params: unknown = null, timeoutMs = 20_000): Promise<{ kernel: Kernel; logs: LogEntry[]; outcome: unknown }> {
  const { kernel, logs } = host();
  await kernel.load({ path: libraries.path(name), name: "evil", mode: "ffi", limits: { memoryMb: 200 }, restart: { backoffMs: 1 } });
  const outcome = await kernel.call("evil.attack", params, { timeoutMs }).catch((error: unknown) => error);
  return { kernel, logs, outcome };
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

describe("a library that is called and", { timeout: TIMEOUT_MS }, () => {
  it.for([
    ["segfault", { code: "plugin_crashed", crash: { signal: "SIGSEGV" } }],
    ["stack", { code: "plugin_crashed", crash: { signal: "SIGSEGV" } }],
    ["wild-write", { code: "plugin_crashed" }],
    ["aborts", { code: "plugin_crashed", crash: { signal: "SIGABRT" } }],
    ["exits", { code: "plugin_crashed" }],
    ["closes-all", { plugin: "evil" }],
    ["writes-anywhere", { plugin: "evil" }],
    // What the engine does where the system refuses it memory is its own affair: it may abort before anybody has looked.
    ["hoards", { code: expect.stringMatching(/^(memory_limit|plugin_crashed)$/) as string }],
    ["sends-null", { code: "protocol_violation" }],
    ["sends-wild", { code: "plugin_crashed", crash: { signal: "SIGSEGV" } }],
    ["sends-huge", { code: "frame_too_large" }],
    ["sends-garbage", { code: "protocol_violation" }],
    ["sends-newline", { code: "protocol_violation" }],
  ] as const)("%s: an error with a code, and the next call finds a fresh one", async ([name, error], context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel, outcome } = await attack(name);
    expect(outcome).toMatchObject({ ...error, plugin: "evil", help: expect.stringMatching(/./) });
    // A call that comes while the old one is being ended shares its fate.
    await expect.poll(() => kernel.call("evil.ping", null).catch((thrown: unknown) => String(thrown)), { timeout: 10_000 }).toBe("ok");
  });

  it.for(["loops", "stops-itself", "waits-for-thread", "floods"])("%s: ended, and the next call finds a fresh one", async (name, context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel, outcome } = await attack(name, null, 300);
    expect(outcome).toMatchObject({ code: "deadline_exceeded" });
    // It waits for the instance that is being ended, or for its successor.
    await expect.poll(() => kernel.call("evil.ping", null, { timeoutMs: 5000 }).catch((error: { code: string }) => error.code), { timeout: 20_000 }).toBe("ok");
  });

  it.for(["alloc-null", "alloc-wild"])("%s: an error with a code", async (name, context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { outcome } = await attack(name, "x".repeat(2000));
    expect(outcome).toMatchObject({ code: name === "alloc-null" ? "memory_limit" : "plugin_crashed" });
  });

  it("sends from a thread of its own is ended", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { logs } = await attack("thread");
    await expect.poll(() => logs.map(({ message }) => message).join("\n")).toContain("another thread");
    expect(logs.map(({ message }) => message)).not.toContain("from a thread");
  });

  // The heap's size is on the command line, which a child has as well.
  const family = (memoryMb: number): number => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`--max-old-space-size=${memoryMb}`)).length;

  it("leaves a child behind does not outlive it", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    if (process.platform !== "linux") return context.skip("only Linux lists processes in /proc");
    const { kernel } = host();
    await kernel.load({ path: libraries.path("leaves-child"), name: "evil", mode: "ffi", limits: { memoryMb: 207 }, permissions: { run: ["sleep"] } });
    const alone = family(207);
    expect(await kernel.call("evil.attack", null)).toBe("alive");
    expect(family(207)).toBe(alone + 1);
    await kernel.close({ drainMs: 500 });
    await expect.poll(() => family(207), { timeout: 10_000 }).toBe(0);
  });

  it("forks has no child, unless it may run something", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel } = host();
    const loaded = await kernel.load({ path: libraries.path("leaves-child"), name: "evil", mode: "ffi", sandbox: "strict", limits: { memoryMb: 208 } }).catch((error: { message: string }) => error);
    if ("message" in loaded) return context.skip(`no sandbox here: ${loaded.message}`);
    const alone = family(208);
    expect(alone).toBeGreaterThan(0);
    expect(await kernel.call("evil.attack", null)).toBe("alive");
    expect(family(208)).toBe(alone);
  });

  it("tries files, network and keys gets none of them under profile strict", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel } = host();
    const loaded = await kernel.load({ path: libraries.path("opens"), name: "evil", mode: "ffi", sandbox: "strict" }).catch((error: { code: string; message: string }) => error);
    if ("code" in loaded) return context.skip(`no bubblewrap here: ${loaded.message}`);
    expect(loaded).toMatchObject({ unsafe: false, confinement: { profile: "strict" } });
    expect(await kernel.call("evil.attack", null)).toBe("");
  });

  it("prints into stdout and reads from stdin meets its log and nothing", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel, logs, outcome } = await attack("prints");
    expect(outcome).toBe("alive");
    expect(await kernel.call("evil.ping", null)).toBe("ok");
    await expect.poll(() => logs.map(({ message }) => message)).toContain("printed in passing");
  });

  it.for(["timer-storm", "logs-much", "stop-sends", "stop-hangs"])("%s: works, and ends when it is told to", async (name, context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel, logs, outcome } = await attack(name);
    expect(outcome).toBe("alive");
    expect(await kernel.call("evil.ping", null)).toBe("ok");
    await kernel.close({ drainMs: 300 });
    expect(logs.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(2 << 20);
  });
});

describe("a library that is loaded and", { timeout: TIMEOUT_MS }, () => {
  it.for([
    ["constructor-crashes", "spawn_failed", /was ended by SIGSEGV before its hello/],
    ["constructor-exits", "spawn_failed", /ended its process with code 3 before its hello/],
    ["constructor-loops", "start_timeout", /was not ready/],
    ["start-fails", "spawn_failed", /sallyport_start answered 7/],
    ["no-start", "bad_handshake", /has no symbol sallyport_start/],
    ["other-abi", "version_mismatch", /guest ABI 2, and this host has 1/],
    ["other-machine", "spawn_failed", /built for sparc sysv be 64, and this process is /],
    ["no-fingerprint", "bad_handshake", /fingerprint is null/],
    ["other-codec", "bad_handshake", /neither 0 \(json\) nor 1/],
    ["undefined-symbol", "spawn_failed", /nobody_has_this/],
  ] as const)("%s is refused as %s", async ([name, code, message], context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const { kernel } = host();
    await expect(kernel.load({ path: libraries.path(name), name: "evil", mode: "ffi", startTimeoutMs: name === "constructor-loops" ? 1500 : 20_000 })).rejects.toMatchObject({
      code, message: expect.stringMatching(message), plugin: "evil", help: expect.stringMatching(/./),
    });
    expect(kernel.list()).toEqual([]);
  });
});
