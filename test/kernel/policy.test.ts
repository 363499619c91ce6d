import { SallyportError } from "@sallyport/bus";
import { createKernel, type Adapter, type Kernel, type KernelOptions, type LifecycleEvent, type LogEntry, type PluginSpec } from "@sallyport/kernel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memory, type MemoryAdapter, type Script } from "./memory-adapter.js";

const kernels: Kernel[] = [];

afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.close({ drainMs: 0 })));
});

const TRAITS = { stop: "preemptive", authority: "granted", copies: true, stops: "nothing", costs: "nothing" } as const;
const FATAL: Adapter["traits"] = { memory: "separate", crash: "fatal", ...TRAITS };
const CONTAINED: Adapter["traits"] = { memory: "separate", crash: "contained", ...TRAITS };

interface Started { readonly k: Kernel; readonly life: LifecycleEvent[]; readonly log: LogEntry[] }

function start(adapters: readonly MemoryAdapter[], options: Partial<KernelOptions> = {}): Started {
  const life: LifecycleEvent[] = [];
  const log: LogEntry[] = [];
  const k = createKernel({ graceMs: 50, sampleMs: 10, ...options, adapters, hooks: { lifecycle: (event) => life.push(event), log: (entry) => log.push(entry) } });
  kernels.push(k);
  return { k, life, log };
}

/** Answers with its mode, and holds as much memory as it is told. */
function fx(mode: string, extra: Partial<Script> = {}): Record<string, Script> {
  return { fx: { hello: { methods: ["fx.echo"] }, request: () => mode, ...extra } };
}

const thread = (script = fx("thread")): MemoryAdapter => memory(script, { mode: "thread", trust: "reviewed", traits: FATAL });
const child = (script = fx("child")): MemoryAdapter => memory(script, { mode: "child", trust: "untrusted", traits: CONTAINED });
const other = (script = fx("other")): MemoryAdapter => memory(script, { mode: "other", trust: "untrusted", traits: CONTAINED });
const reviewed: PluginSpec = { path: "fx", trust: "reviewed", limits: { memoryMb: 100 } };
const MIB = 2 ** 20;

describe("near its memory limit", () => {
  it("a plugin whose crash would be fatal moves to where it is contained, once, and the log says so", async () => {
    let usedMb = 10;
    const usage = (): { memoryBytes: number } => ({ memoryBytes: usedMb * MIB });
    const { k, life, log } = start([thread(fx("thread", { usage })), child(fx("child", { usage }))]);
    expect(await k.load({ ...reviewed, policy: { move: { memoryPercent: 80, everyMs: 1 } } })).toMatchObject({ mode: "thread" });
    await expect(k.call("fx.echo")).resolves.toBe("thread");
    usedMb = 85;
    await vi.waitFor(() => expect(k.list()[0]?.mode).toBe("child"));
    await vi.waitFor(() => expect(log.map(({ level, message }) => [level, message])).toContainEqual(["info", "'fx' was moved from mode 'thread' to 'child': it holds 85.0 of 100 MiB, and its policy is 80 %"]));
    expect(life.filter(({ event }) => event === "moved")).toMatchObject([{ reason: "memory", detail: { from: "thread", to: "child", figures: { usedMb: 85, limitMb: 100, memoryPercent: 80 } } }]);
    // It is contained now, and goes nowhere else, however often the line is crossed.
    await vi.waitFor(() => expect(log.some(({ level, message }) => level === "warn" && message.startsWith("'fx' stays in mode 'child'"))).toBe(true));
    await expect(k.call("fx.echo")).resolves.toBe("child");
    expect(life.filter(({ event }) => event === "moved" || event === "crashed")).toHaveLength(1);
  });

  it("one sample above the line is none", async () => {
    let samples = 0;
    const { k } = start([thread(fx("thread", { usage: () => ({ memoryBytes: (samples++ % 2 === 0 ? 85 : 10) * MIB }) })), child()]);
    await k.load({ ...reviewed, policy: { move: { memoryPercent: 80 } } });
    await vi.waitFor(() => expect(samples).toBeGreaterThan(6));
    expect(k.list()[0]?.mode).toBe("thread");
  });

  it("a move that fails leaves it, is told, and is not tried again before its time", async () => {
    let samples = 0;
    const script = { opening: () => { throw new Error("no child today"); } };
    const adapter = child(fx("child", script));
    const { k, log } = start([thread(fx("thread", { usage: () => ({ memoryBytes: (samples++, 90) * MIB }) })), adapter]);
    await k.load({ ...reviewed, policy: { move: { memoryPercent: 80 } } });
    await vi.waitFor(() => expect(samples).toBeGreaterThan(10));
    await expect(k.call("fx.echo")).resolves.toBe("thread");
    expect(log.filter(({ message }) => message.includes("could not be moved from mode 'thread'")).map(({ level, message }) => [level, message.includes("no child today")])).toEqual([["warn", true]]);
  });
});

describe("a method that is too slow", () => {
  const slow = (mode: string): Record<string, Script> => fx(mode, { request: () => new Promise((resolve) => setTimeout(resolve, 3, mode)) });
  const policy: PluginSpec["policy"] = { move: { latencyMs: { "fx.echo": 1 } } };
  const flood = async (k: Kernel, n = 100): Promise<unknown[]> => Promise.all(Array.from({ length: n }, () => k.call("fx.echo")));

  it("moves to the mode that the host knows to be faster", async () => {
    const wishes: unknown[] = [];
    const { k, life, log } = start([child(slow("child")), other()], { choose: (modes, wish) => (wishes.push([modes.map(({ mode }) => mode), wish]), "other") });
    await k.load({ path: "fx", mode: "child", policy });
    await flood(k);
    await vi.waitFor(() => expect(k.list()[0]?.mode).toBe("other"));
    expect(wishes).toEqual([[["child", "other"], { plugin: "fx", prefer: "latency", from: "child" }]]);
    expect(life.find(({ event }) => event === "moved")).toMatchObject({ reason: "latency", detail: { figures: { method: "fx.echo", of: 50, latencyMs: 1 } } });
    await vi.waitFor(() => expect(log.at(-1)?.message).toMatch(/^'fx' was moved from mode 'child' to 'other': \d+ of its last 50 calls of fx.echo took longer than 1 ms/));
    await expect(k.call("fx.echo")).resolves.toBe("other");
  });

  it("moves to the first of those that the config names, and never back", async () => {
    const { k, life } = start([child(slow("child")), other(slow("other"))]);
    await k.load({ path: "fx", mode: "child", policy: { move: { latencyMs: { "fx.echo": 1 }, to: ["other", "child"], everyMs: 1 } } });
    await flood(k);
    await vi.waitFor(() => expect(k.list()[0]?.mode).toBe("other"));
    await flood(k, 200);
    expect(k.list()[0]?.mode).toBe("other");
    expect(life.filter(({ event }) => event === "moved")).toHaveLength(1);
  });

  it("stays where nobody knows better, and where it is not trusted enough", async () => {
    const { k, log } = start([child(slow("child")), thread()], { choose: (modes) => modes.find(({ mode }) => mode === "thread")?.mode });
    await k.load({ path: "fx", policy });
    await flood(k);
    await vi.waitFor(() => expect(log.map(({ message }) => message.slice(0, 29))).toEqual(["'fx' stays in mode 'child', a"]));
    expect(k.list()[0]).toMatchObject({ mode: "child", trust: "untrusted" });
  });

  it("is not one that was slow now and then", async () => {
    let n = 0;
    const { k } = start([child(fx("child", { request: () => (n++ % 20 === 0 ? new Promise((resolve) => setTimeout(resolve, 60, "child")) : "child") })), other()], { choose: () => "other" });
    await k.load({ path: "fx", mode: "child", policy: { move: { latencyMs: { "fx.echo": 50 } } } });
    for (let i = 0; i < 100; i++) await k.call("fx.echo");
    expect(k.list()[0]?.mode).toBe("child");
  });
});

describe("where no mode is named", () => {
  it("the host's figures answer a preference, among what the plugin is trusted for", async () => {
    const asked: unknown[] = [];
    const choose: KernelOptions["choose"] = (modes, wish) => (asked.push(modes.map(({ mode }) => mode), wish), "other");
    const { k } = start([thread(), child(), other()], { choose });
    expect(await k.load({ path: "fx", policy: { prefer: "memory" } })).toMatchObject({ mode: "other" });
    expect(asked).toEqual([["child", "other"], { plugin: "fx", prefer: "memory" }]);
  });

  it("an answer that is none of them, or no answer, is as if nobody had asked", async () => {
    const { k } = start([thread(), child(), other()], { choose: (_modes, { plugin }) => (plugin === "a" ? "thread" : undefined) });
    expect(await k.load({ ...{ name: "a", path: "fx" }, policy: { prefer: "latency" } })).toMatchObject({ mode: "child" });
  });

  it("a mode whose build is not here is passed over; where none is left its error tells", async () => {
    const broken = { ...thread(), inspect: async () => { throw new Error("no descriptor left"); } } as unknown as MemoryAdapter;
    const absent = { ...thread(), inspect: async () => { throw new SallyportError("invalid_argument", "plugin.json:3:5: expected a file"); } } as unknown as MemoryAdapter;
    const { k } = start([absent, child()]);
    expect(await k.load({ ...reviewed })).toMatchObject({ mode: "child" });
    const { k: alone } = start([absent]);
    await expect(alone.load({ ...reviewed })).rejects.toMatchObject({ code: "invalid_argument", message: "plugin.json:3:5: expected a file" });
    const { k: faulty } = start([broken, child()]);
    await expect(faulty.load({ ...reviewed })).rejects.toMatchObject({ code: "internal" });
  });
});

it.each<[object, string]>([
  [{ prefer: "beauty" }, "policy.prefer"],
  [{ move: { memoryPercent: 100 } }, "policy.move.memoryPercent"],
  [{ move: { latencyMs: { "fx.echo": 0 } } }, "policy.move.latencyMs.fx.echo"],
  [{ move: { to: [] } }, "policy.move.to"],
  [{ move: { everyMs: 0 } }, "policy.move.everyMs"],
])("the policy %j is refused", async (policy, path) => {
  const { k } = start([child()]);
  await expect(k.load({ path: "fx", policy: policy as PluginSpec["policy"] & object })).rejects.toMatchObject({ code: "invalid_argument", path });
  expect(k.list()).toEqual([]);
});
