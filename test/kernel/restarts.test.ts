import type { SallyportError } from "@sallyport/bus";
import type { PluginSpec } from "@sallyport/kernel";
import { describe, expect, it, vi } from "vitest";
import type { Script } from "./memory-adapter.js";
import { start } from "./start.js";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const quick: PluginSpec["restart"] = { backoffMs: 5, maxBackoffMs: 5, crashes: 100, windowMs: 60_000, cooldownMs: 100 };
const echo: Script = { hello: { methods: ["fx.echo"] }, request: (call) => call.params };
const bye = { t: "bye", why: "reload" } as const;

describe("a goodbye", () => {
  it("replaces the instance: calls in flight finish, events and later calls reach the next one", async () => {
    let release!: () => void;
    const heard: unknown[] = [];
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.echo", "fx.wait"], events: ["t"] }, event: (_topic, payload) => heard.push(payload), request: (call) => (call.method === "fx.echo" ? call.params : new Promise((resolve) => (release = () => resolve("done")))) } });
    await k.load({ path: "fx", grants: ["subscribe:t"] });
    const open = k.call("fx.wait");
    await vi.waitFor(() => expect(release).toBeDefined());
    adapter.opened[0]?.raw(bye);
    await vi.waitFor(() => expect(k.list()[0]?.state).not.toBe("ready"));
    expect(k.publish("t", 1)).toBe(1);
    const next = k.call("fx.echo", 2);
    await pause(5);
    release();
    await expect(open).resolves.toBe("done");
    await expect(next).resolves.toBe(2);
    await vi.waitFor(() => expect(heard).toEqual([1]));
    expect(adapter.opened).toHaveLength(2);
  });

  it("before the plugin is ready starts no second instance beside it", async () => {
    let most = 0;
    const { k, adapter } = start({ fx: { ...echo, greeted: (guest) => { if (adapter.opened.length === 1) guest.raw(bye); most = Math.max(most, adapter.live); } } });
    await k.load({ path: "fx" });
    await vi.waitFor(() => expect(adapter.opened).toHaveLength(2));
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    await pause(20);
    expect([adapter.opened.length, adapter.live, most]).toEqual([2, 1, 1]);
  });

  it("of an instance that is leaving already does not touch the next one", async () => {
    const { k, adapter } = start({ fx: { ...echo, stubborn: true } });
    await k.load({ path: "fx", idleStopMs: 10 });
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("idle"));
    adapter.opened[0]?.raw(bye);
    adapter.opened[0]?.raw(bye);
    await pause(5);
    adapter.opened[0]?.crash({ exitCode: 0 });
    await pause(30);
    expect(adapter.opened).toHaveLength(1);
  });

  it("at every start is answered ever more slowly", async () => {
    const { k, adapter } = start({ fx: { ...echo, greeted: (guest) => guest.raw(bye) } });
    await k.load({ path: "fx", restart: { backoffMs: 10_000, maxBackoffMs: 10_000 } });
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("backoff"));
    await pause(30);
    expect(adapter.opened.length).toBeLessThanOrEqual(2);
    expect(adapter.live).toBe(0);
  });

  it("is the end where the policy is never to restart", async () => {
    const { k, adapter } = start({ fx: echo });
    await k.load({ path: "fx", restart: false });
    adapter.opened[0]?.raw(bye);
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("broken"));
    await expect(k.call("fx.echo", 1)).rejects.toMatchObject({ code: "unavailable", retryable: false });
    expect(adapter.opened).toHaveLength(1);
  });
});

describe("restarting", () => {
  it("many times leaves no listener behind", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", onWarning);
    const { k, adapter } = start({ fx: echo });
    await k.load({ path: "fx", restart: quick });
    for (let i = 0; i < 15; i++) {
      adapter.opened.at(-1)?.crash();
      await k.call("fx.echo", i).catch(() => undefined);
      await vi.waitFor(() => expect(k.list()[0]?.state).toBe("ready"));
    }
    await pause(5);
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("and being idle keep no finished program alive", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const { k, adapter } = start({ fx: echo, lazy: { hello: { methods: ["lazy.x"] }, request: () => 1 } });
    await k.load({ path: "lazy", idleStopMs: 50_000 });
    await k.call("lazy.x");
    await k.load({ path: "fx", restart: { backoffMs: 50_000, maxBackoffMs: 50_000 } });
    adapter.opened.at(-1)?.crash();
    await vi.waitFor(() => expect(k.list()[1]?.state).toBe("backoff"));
    const long = timers.mock.results.filter((_r, i) => Number(timers.mock.calls[i]?.[1]) >= 50_000).map(({ value }) => value as NodeJS.Timeout);
    timers.mockRestore();
    expect(long.length).toBeGreaterThanOrEqual(2);
    expect(long.filter((timer) => timer.hasRef())).toEqual([]);
  });

  it("is tried once after the cool-down, however short the window", async () => {
    const { k, adapter } = start({ fx: { manifest: { methods: { "fx.echo": {} } }, opening: () => { throw new Error("no"); } } });
    let attempts = 0;
    const { open } = adapter;
    Object.assign(adapter, { open: (...args: Parameters<typeof open>) => { attempts++; return open.apply(adapter, args); } });
    await k.load({ path: "fx", start: "lazy", restart: { backoffMs: 1, maxBackoffMs: 1, crashes: 2, windowMs: 20, cooldownMs: 60 } });
    await k.call("fx.echo").catch(() => undefined);
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("broken"));
    const before = attempts;
    await pause(80);
    await k.call("fx.echo").catch(() => undefined);
    await pause(20);
    expect(attempts - before).toBe(1);
    expect(k.list()[0]?.state).toBe("broken");
  });
});

describe("the places in a plugin", () => {
  it("are those of its hello from its first call on", async () => {
    let inside = 0;
    let most = 0;
    const { k } = start({ fx: { manifest: { methods: { "fx.slow": {} } }, hello: { methods: ["fx.slow"], limits: { inflight: 2 } }, async request() { most = Math.max(most, ++inside); await pause(2); inside--; return 1; } } });
    await k.load({ path: "fx", start: "lazy" });
    await Promise.all(Array.from({ length: 12 }, () => k.call("fx.slow")));
    expect(most).toBe(2);
    expect(k.list()[0]?.stats).toMatchObject({ inFlight: 0, queued: 0, calls: 12 });
  });

  it("come back after crashes, cancels and refusals in any order", async () => {
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.slow"], limits: { inflight: 2 } }, request: (call) => new Promise((resolve, reject) => { call.signal.addEventListener("abort", () => reject(call.signal.reason as Error)); setTimeout(() => resolve(1), Number(call.params)); }) } });
    await k.load({ path: "fx", restart: quick, limits: { queue: 20 } });
    for (let round = 0; round < 6; round++) {
      const calls = Array.from({ length: 24 }, (_, i) => {
        const abort = new AbortController();
        if (i % 3 === 0) setTimeout(() => abort.abort(), i % 7);
        return k.call("fx.slow", i % 5, { signal: abort.signal, timeoutMs: i % 4 === 0 ? 8 : 500 }).catch((error: SallyportError) => error.code);
      });
      if (round % 2 === 0) setTimeout(() => adapter.opened.at(-1)?.crash(), 4);
      await Promise.all(calls);
    }
    await vi.waitFor(() => expect(k.list()[0]?.stats).toMatchObject({ inFlight: 0, queued: 0 }));
  });
});

describe("an idle stop", () => {
  it("waits for what the plugin has asked of others", async () => {
    let release!: () => void;
    const { k, adapter } = start({ fx: { hello: { methods: [], events: ["t"] }, event: (_topic, _payload, guest) => guest.peer.request("host.slow", null).result } });
    k.provide("host.slow", () => new Promise<void>((resolve) => (release = resolve)));
    await k.load({ path: "fx", idleStopMs: 15, grants: ["subscribe:t", "call:host.slow"] });
    k.publish("t");
    await pause(60);
    expect(k.list()[0]?.state).toBe("ready");
    release();
    await vi.waitFor(() => expect(adapter.live).toBe(0));
  });

  it("does not come between events", async () => {
    const { k, adapter } = start({ fx: { hello: { methods: ["fx.echo"], events: ["t"] } } });
    await k.load({ path: "fx", idleStopMs: 60, grants: ["subscribe:t"] });
    for (let i = 0; i < 12; i++) {
      k.publish("t", i);
      await pause(10);
    }
    expect(adapter.opened).toHaveLength(1);
    expect(adapter.live).toBe(1);
  });
});
