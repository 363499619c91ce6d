import { readFileSync } from "node:fs";
import type { EventFrame, Frame, SallyportError } from "@sallyport/bus";
import { createKernel, type Adapter, type PluginSpec } from "@sallyport/kernel";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { memory, type Script } from "./memory-adapter.js";
import { start } from "./start.js";

const quick: PluginSpec["restart"] = { backoffMs: 5, maxBackoffMs: 20, crashes: 3, windowMs: 60_000, cooldownMs: 100 };
const fragile: Script = {
  manifest: { methods: { "fx.echo": {}, "fx.die": {}, "fx.safe": { idempotent: true } } },
  hello: { methods: ["fx.echo", "fx.die", "fx.safe"] },
  request(call, guest) {
    if (call.method === "fx.echo") return call.params;
    guest.crash({ exitCode: 7, stderrTail: ["boom"] });
    return new Promise(() => {});
  },
};

describe("a start", () => {
  it("that never says hello ends in start_timeout and leaves nothing running", async () => {
    const { k, adapter } = start({ fx: { silent: true } });
    await expect(k.load({ path: "fx", startTimeoutMs: 30 })).rejects.toMatchObject({ code: "start_timeout", plugin: "fx", retryable: true });
    expect(adapter.live).toBe(0);
    expect(k.list()).toEqual([]);
  });

  it("whose hello grows beyond the manifest is refused", async () => {
    const { k, adapter } = start({ fx: { manifest: { methods: { "fx.a": {} } }, hello: { methods: ["fx.a", "fx.b"] } } });
    await expect(k.load({ path: "fx" })).rejects.toMatchObject({ code: "manifest_mismatch", message: expect.stringContaining("fx.b") });
    expect(adapter.live).toBe(0);
  });

  it("that is lazy waits for the first call", async () => {
    const { k, adapter } = start({ fx: fragile });
    await k.load({ path: "fx", start: "lazy" });
    expect(adapter.opened).toHaveLength(0);
    await expect(k.call("fx.echo", 5)).resolves.toBe(5);
    expect(adapter.opened).toHaveLength(1);
  });

  it("tells the plugin its instance, grants, limits and config", async () => {
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.a"], limits: { inflight: 2, frame: 4096 } } } });
    await k.load({ path: "fx", grants: ["call:a.*"], config: { table: "ecb" }, limits: { memoryMb: 64, frameBytes: 8192 } });
    expect(adapter.opened[0]?.host).toMatchObject({ grants: ["call:a.*"], config: { table: "ecb" }, limits: { memory: 64, frame: 4096, inflight: 2 } });
    const { version } = JSON.parse(readFileSync(new URL("../../kernel/package.json", import.meta.url), "utf8")) as { version: string };
    expect(adapter.opened[0]?.host).toMatchObject({ host: "sallyport", version });
    expect(adapter.opened[0]?.host?.instance).toMatch(/^fx#[0-9a-f]{6}$/);
    expect(k.list()[0]?.limits).toMatchObject({ memoryMb: 64, frameBytes: 4096, inflight: 2 });
  });
});

describe("a crash", () => {
  it("fails the open calls once, with the report, and the next call finds a new instance", async () => {
    const { k, adapter } = start({ fx: fragile });
    await k.load({ path: "fx", restart: quick });
    const error = await k.call("fx.die").catch((thrown: SallyportError) => thrown);
    expect(error).toMatchObject({ code: "plugin_crashed", retryable: false, plugin: "fx", method: "fx.die", crash: { exitCode: 7, stderrTail: ["boom"], inFlight: 1 } });
    await expect(k.call("fx.safe").catch((thrown: SallyportError) => thrown)).resolves.toMatchObject({ code: "plugin_crashed", retryable: true });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    expect(adapter.opened).toHaveLength(3);
    expect(k.list()[0]).toMatchObject({ restarts: 2, state: "ready" });
  });

  it("too often opens the breaker; after the cool-down one start is tried", async () => {
    const { k, life } = start({ fx: fragile });
    await k.load({ path: "fx", restart: quick });
    for (let i = 0; i < 3; i++) await k.call("fx.die").catch(() => undefined);
    const error = await k.call("fx.echo", 1).catch((thrown: SallyportError) => thrown);
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect((error as SallyportError).retryAfterMs).toBeGreaterThan(0);
    expect(life.map((event) => event.event)).toContain("breaker_open");
    await vi.waitFor(() => k.call("fx.echo", 2), { timeout: 5000, interval: 20 });
    expect(life.map((event) => event.event)).toContain("breaker_closed");
  });

  it("with restart false is final", async () => {
    const { k } = start({ fx: fragile });
    await k.load({ path: "fx", restart: false });
    await k.call("fx.die").catch(() => undefined);
    await expect(k.call("fx.echo", 1)).rejects.toMatchObject({ code: "unavailable", retryable: false });
  });

  it("of one plugin costs another nothing", async () => {
    const { k } = start({ fx: fragile, other: { hello: { methods: ["other.echo"] }, request: (call) => call.params } });
    await k.load({ path: "fx", restart: quick });
    await k.load({ path: "other" });
    const calls = Promise.all(Array.from({ length: 50 }, (_, i) => k.call("other.echo", i)));
    await k.call("fx.die").catch(() => undefined);
    await expect(calls).resolves.toHaveLength(50);
  });
});

describe("the cancel ladder", () => {
  const hang: Script = { hello: { methods: ["fx.hang", "fx.polite", "fx.echo"] }, request: (call) => call.method === "fx.echo" ? call.params : new Promise((_resolve, reject) => { if (call.method === "fx.polite") call.signal.addEventListener("abort", () => reject(call.signal.reason)); }) };

  it("ends a polite call by its cancel and keeps the instance", async () => {
    const { k, adapter } = start({ fx: hang });
    await k.load({ path: "fx", restart: quick });
    await expect(k.call("fx.polite", null, { timeoutMs: 20 })).rejects.toMatchObject({ code: "deadline_exceeded", plugin: "fx" });
    const abort = new AbortController();
    const call = k.call("fx.polite", null, { signal: abort.signal });
    setTimeout(() => abort.abort(), 10);
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    expect(adapter.opened).toHaveLength(1);
  });

  it("kills what ignores its cancel, fails the calls beside it, and starts again", async () => {
    const { k, adapter, life } = start({ fx: hang });
    await k.load({ path: "fx", restart: quick });
    const beside = k.call("fx.polite").catch((error: SallyportError) => error);
    await expect(k.call("fx.hang", null, { timeoutMs: 20 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect(beside).resolves.toMatchObject({ code: "stuck", plugin: "fx" });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    expect(adapter.opened).toHaveLength(2);
    expect(adapter.live).toBe(1);
    expect(life).toContainEqual(expect.objectContaining({ event: "crashed", reason: "stuck" }));
  });
});

describe("unloading", () => {
  it("lets calls in flight finish, refuses new ones, and leaves nothing", async () => {
    let release!: (value: string) => void;
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.wait"] }, request: () => new Promise((resolve) => (release = resolve)) } });
    await k.load({ path: "fx" });
    const call = k.call("fx.wait");
    await vi.waitFor(() => expect(release).toBeDefined());
    const gone = k.unload("fx", { drainMs: 1000 });
    await expect(k.call("fx.wait")).rejects.toMatchObject({ code: "unimplemented" });
    release("done");
    await expect(call).resolves.toBe("done");
    await gone;
    expect(adapter.live).toBe(0);
    expect(k.list()).toEqual([]);
    await k.load({ path: "fx" });
  });

  it("ends a plugin that ignores its bye, and its calls", async () => {
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.wait"] }, stubborn: true, request: () => new Promise(() => {}) } });
    await k.load({ path: "fx" });
    const call = k.call("fx.wait").catch((error: SallyportError) => error);
    await k.unload("fx", { drainMs: 10 });
    expect(adapter.live).toBe(0);
    await expect(call).resolves.toMatchObject({ plugin: "fx" });
  }, 10_000);

  it("happens by itself when idle, and the next call starts it again", async () => {
    const { k, adapter } = start({ fx: fragile });
    await k.load({ path: "fx", idleStopMs: 20 });
    await vi.waitFor(() => expect(adapter.live).toBe(0));
    await expect(k.call("fx.echo", 3)).resolves.toBe(3);
    expect(adapter.opened).toHaveLength(2);
  });
});

describe("admission", () => {
  it("holds to the in-flight limit, queues, and answers busy beyond", async () => {
    let inside = 0;
    let most = 0;
    const { k } = start({ fx: { hello: { methods: ["fx.slow"], limits: { inflight: 2 } }, async request() { most = Math.max(most, ++inside); await new Promise((resolve) => setTimeout(resolve, 5)); inside--; return 1; } } });
    await k.load({ path: "fx", limits: { queue: 4 } });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => k.call("fx.slow").catch((error: SallyportError) => error.code)));
    expect(most).toBe(2);
    expect(outcomes.filter((outcome) => outcome === 1)).toHaveLength(6);
    expect(outcomes.filter((outcome) => outcome === "busy")).toHaveLength(4);
  });

  it("lets another caller in beside one that floods", async () => {
    const order: unknown[] = [];
    const flood: Script = { hello: { methods: ["flood.go"] }, request: (call, guest) => Promise.all(Array.from({ length: 20 }, () => guest.peer.request("fx.slow", "flood", { parent: call }).result.catch(() => undefined))).then(() => null) };
    const { k } = start({ flood, fx: { hello: { methods: ["fx.slow"], limits: { inflight: 1 } }, async request(call) { order.push(call.params); await new Promise((resolve) => setTimeout(resolve, 25)); return 1; } } });
    await k.load({ path: "fx" });
    await k.load({ path: "flood", grants: ["call:fx.slow"] });
    const flooding = k.call("flood.go");
    await vi.waitFor(() => expect(order.length).toBeGreaterThan(0));
    await k.call("fx.slow", "host");
    expect(order.indexOf("host")).toBeLessThan(6);
    await flooding;
  });
});

describe("events", () => {
  it("reach the host's subscribers and the plugins that have a grant", async () => {
    const heard: unknown[] = [];
    const listener: Script = { hello: { methods: [], events: ["ledger.*"] }, event: (topic, payload) => heard.push([topic, payload]) };
    const { k, life } = start({ yes: listener, no: listener });
    await k.load({ path: "yes", grants: ["subscribe:ledger.*"] });
    await k.load({ path: "no" });
    const stop = k.subscribe("ledger.**", (payload, topic) => heard.push(["host", topic, payload]));
    expect(k.publish("ledger.posted", { id: 1 })).toBe(2);
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard).toContainEqual(["ledger.posted", { id: 1 }]);
    expect(life).toContainEqual(expect.objectContaining({ plugin: "no", event: "denied", reason: "subscribe:ledger.*" }));
    stop();
    expect(k.publish("ledger.posted", null)).toBe(1);
  });

  it("for several plugins are one frame with one shared encoding; for a lone one its connection's own tables do better", async () => {
    const frames: Frame[] = [];
    const listener: Script = { hello: { methods: [], events: ["t.x"] } };
    const adapter = memory({ one: listener, two: listener });
    const spying: Adapter = {
      ...adapter,
      async open(request, host, signal) {
        const boundary = await adapter.open(request, host, signal);
        return { ...boundary, send: (frame) => (frame.t === "ev" && frames.push(frame), boundary.send(frame)) };
      },
    };
    const k = createKernel({ adapters: [spying] });
    onTestFinished(() => k.close());
    await k.load({ path: "one", grants: ["subscribe:t.x"] });
    k.publish("t.x", { n: 1 });
    await k.load({ path: "two", grants: ["subscribe:t.x"] });
    k.publish("t.x", { n: 2 });
    expect(frames).toHaveLength(3);
    expect(frames[0]).not.toHaveProperty("s");
    expect(frames[2]).toBe(frames[1]);
    let encodings = 0;
    const encode = (): Uint8Array => new Uint8Array(++encodings);
    const { s } = frames[1] as EventFrame;
    expect([s?.encodedBy("any", encode), s?.encodedBy("any", encode)]).toEqual([new Uint8Array(1), new Uint8Array(1)]);
  });

  it("from a plugin need a grant", async () => {
    const heard: unknown[] = [];
    const speaker: Script = { hello: { methods: ["a.say"] }, request: (call, guest) => guest.peer.publish(call.params as string, 1) };
    const { k, life } = start({ a: speaker });
    await k.load({ path: "a", grants: ["publish:fx.*"] });
    k.subscribe("**", (_payload, topic) => heard.push(topic));
    await k.call("a.say", "fx.rate");
    await k.call("a.say", "ledger.posted");
    expect(heard).toEqual(["fx.rate"]);
    expect(life).toContainEqual(expect.objectContaining({ plugin: "a", event: "denied", reason: "publish:ledger.posted" }));
  });

  it("wait for a slow subscriber up to a bound, then are dropped and counted", async () => {
    const { k, life } = start({ slow: { hello: { events: ["t.x"], limits: { events: 2 } }, event: () => new Promise(() => {}) } });
    await k.load({ path: "slow", grants: ["subscribe:t.x"], limits: { events: 4 } });
    const taken = Array.from({ length: 20 }, (_, i) => k.publish("t.x", i)).reduce((sum, n) => sum + n, 0);
    expect(taken).toBe(6);
    expect(life.filter((event) => event.event === "dropped")).toHaveLength(14);
  });
});
