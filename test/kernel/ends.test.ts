import type { SallyportError } from "@sallyport/bus";
import { createKernel, type Hooks, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memory, type MemoryAdapter, type Script } from "./memory-adapter.js";

let kernel: Kernel | undefined;
afterEach(async () => {
  await kernel?.close({ drainMs: 0 });
  kernel = undefined;
});

function start(scripts: Record<string, Script>, hooks?: Hooks, timeoutMs = 30_000): { k: Kernel; adapter: MemoryAdapter; life: LifecycleEvent[] } {
  const adapter = memory(scripts);
  const life: LifecycleEvent[] = [];
  kernel = createKernel({ adapters: [adapter], graceMs: 50, timeoutMs, hooks: hooks ?? { lifecycle: (event) => life.push(event) } });
  return { k: kernel, adapter, life };
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const wait: Script = { hello: { methods: ["fx.wait"] }, request: () => new Promise(() => {}) };

describe("a host method", () => {
  it("is not run for a call that was cancelled already", async () => {
    const { k } = start({});
    const handler = vi.fn(() => 1);
    k.provide("host.x", handler);
    await expect(k.call("host.x", null, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled", method: "host.x" });
    expect(handler).not.toHaveBeenCalled();
  });

  it("may take a call without a deadline", async () => {
    const { k } = start({});
    k.provide("host.x", () => pause(5).then(() => 1));
    await expect(k.call("host.x", null, { timeoutMs: Infinity })).resolves.toBe(1);
  });

  it("fails its callers with a SallyportError that keeps the cause", async () => {
    const { k } = start({});
    const cause = new Error("disk full");
    k.provide("host.x", () => { throw cause; });
    await expect(k.call("host.x")).rejects.toMatchObject({ code: "internal", method: "host.x", message: expect.stringContaining("disk full"), cause });
  });

  it("that breaks its own schemas is at fault itself, not its caller", async () => {
    const { k } = start({});
    k.provide("host.x", () => "no number", { result: { type: "integer" } });
    k.provide("host.many", async function* () { yield "no number"; }, { item: { type: "integer" } });
    await expect(k.call("host.x")).rejects.toMatchObject({ code: "internal", path: "result" });
    await expect(k.stream("host.many").next()).rejects.toMatchObject({ code: "internal", path: "item" });
  });

  it("may stream from an iterator that has no return()", async () => {
    const { k } = start({});
    let n = 0;
    k.provide("host.many", () => ({ next: async () => (n < 2 ? { done: false, value: ++n } : { done: true, value: "end" }), [Symbol.asyncIterator]() { return this; } }));
    const items: unknown[] = [];
    for await (const item of k.stream("host.many")) items.push(item);
    expect(items).toEqual([1, 2]);
    n = 0;
    for await (const _item of k.stream("host.many")) break;
  });

  it("whose generator hangs ends at the deadline, and leaves no listener on the caller's signal", async () => {
    const { k } = start({});
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    k.provide("host.many", async function* () { yield 1; await new Promise(() => {}); });
    const stream = k.stream("host.many", null, { timeoutMs: 30, signal });
    await expect(stream.next()).resolves.toMatchObject({ value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length);
  });
});

describe("a plugin that calls", () => {
  it("and gives no credit for the items is answered at its deadline", async () => {
    let code: unknown;
    const greedy: Script = {
      hello: { methods: ["a.go"] },
      async request(_call, guest) {
        code = await guest.peer.request("host.many", null, { stream: true }).result.catch((error: SallyportError) => error.code);
        return null;
      },
    };
    const { k } = start({ a: greedy }, undefined, 40);
    k.provide("host.many", async function* () { for (let i = 0; ; i++) yield i; });
    await k.load({ path: "a", grants: ["call:host.many"] });
    await k.call("a.go", null, { timeoutMs: 5000 });
    expect(code).toBe("deadline_exceeded");
  });
});

describe("a stream between plugins", () => {
  it.each(["out", "in"])("(%s) ends at the provider when the calling plugin dies", async (direction) => {
    let ended: unknown;
    const provider: Script = {
      hello: { methods: [{ name: "fx.flow", stream: "both" }] },
      async request(call) {
        try {
          if (direction === "out") for (let i = 0; ; i++) await call.write(i);
          for await (const _item of call.input);
        } catch (error) {
          ended = (error as SallyportError).code;
          throw error;
        }
        return null;
      },
    };
    const caller: Script = {
      hello: { methods: ["a.go"] },
      request(call, guest) {
        async function* endless(): AsyncGenerator<number> { for (let i = 0; ; i++) { yield i; await pause(1); } }
        const made = guest.peer.request("fx.flow", null, direction === "out" ? { parent: call, stream: true } : { parent: call, input: endless() });
        return made.result;
      },
    };
    const { k, adapter } = start({ fx: provider, a: caller });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.flow"], restart: false });
    const call = k.call("a.go").catch((error: SallyportError) => error.code);
    await pause(20);
    adapter.opened[1]?.crash();
    await expect(call).resolves.toBe("plugin_crashed");
    await vi.waitFor(() => expect(ended).toBe("cancelled"));
    await vi.waitFor(() => expect(k.list()[0]?.stats.inFlight).toBe(0));
    expect(adapter.opened).toHaveLength(2);
  });

  it("whose item breaks its schema is recorded as the provider's failure", async () => {
    const outcomes: string[] = [];
    const { k } = start({ fx: { manifest: { methods: { "fx.many": { stream: "out", item: { type: "integer" } } } }, hello: { methods: ["fx.many"] }, async request(call) { await call.write(1); for (;;) await call.write("two"); } } }, { crossing: ({ outcome }) => outcomes.push(outcome) });
    await k.load({ path: "fx" });
    const stream = k.stream("fx.many");
    await expect(stream.next()).resolves.toMatchObject({ value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ code: "internal", plugin: "fx" });
    expect(outcomes).toEqual(["internal"]);
    await vi.waitFor(() => expect(k.list()[0]?.stats.inFlight).toBe(0));
  });
});

describe("a call in flight", () => {
  it("is cancelled when its plugin is unloaded and the drain is over", async () => {
    const { k } = start({ fx: wait });
    await k.load({ path: "fx" });
    const call = k.call("fx.wait").catch((error: SallyportError) => error);
    await pause(5);
    const gone = k.unload("fx", { drainMs: 10 });
    await expect(call).resolves.toMatchObject({ code: "cancelled", plugin: "fx", method: "fx.wait", retryable: false });
    await gone;
  }, 10_000);

  it.each(["starting", "in backoff", "queued"])("ends when its plugin is unloaded while it is %s", async (when) => {
    const script: Script = when === "queued" ? { ...wait, hello: { methods: ["fx.wait"], limits: { inflight: 1 } } } : when === "starting" ? { manifest: { methods: { "fx.wait": {} } }, silent: true } : { manifest: { methods: { "fx.wait": {} } }, opening: () => { throw new Error("no"); } };
    const { k, adapter } = start({ fx: script });
    await k.load({ path: "fx", start: when === "queued" ? "eager" : "lazy", restart: { backoffMs: 5000 } });
    if (when === "in backoff") await k.call("fx.wait").catch(() => undefined);
    const calls = Promise.all([1, 2, 3].map(() => k.call("fx.wait").catch((error: SallyportError) => error.code)));
    await pause(10);
    await k.unload("fx", { drainMs: 10 });
    for (const code of await calls) expect(["unavailable", "cancelled"]).toContain(code);
    expect(adapter.live).toBe(0);
    await expect(k.call("fx.wait")).rejects.toMatchObject({ code: "unimplemented" });
  }, 10_000);
});

describe("loading and unloading", () => {
  it("at the same time leaves nothing, and a second unload waits for the first", async () => {
    const { k, adapter, life } = start({ fx: wait });
    await k.load({ path: "fx" });
    await Promise.all([k.unload("fx", { drainMs: 0 }), k.unload("fx", { drainMs: 0 })]);
    expect(life.filter(({ event }) => event === "unloaded")).toHaveLength(1);
    const loading = k.load({ path: "fx" }).catch((error: SallyportError) => error.code);
    await Promise.resolve();
    await k.close({ drainMs: 0 });
    expect(await loading).not.toHaveProperty("name");
    expect(adapter.live).toBe(0);
    expect(k.list()).toEqual([]);
  });

  it("finds the kernel closed when that happened while the plugin was read", async () => {
    const { k, adapter } = start({ fx: wait });
    const { inspect } = adapter;
    const go: (() => void)[] = [];
    Object.assign(adapter, { inspect: async (...args: Parameters<typeof inspect>) => { await new Promise<void>((resolve) => go.push(resolve)); return inspect.apply(adapter, args); } });
    const loads = [k.load({ path: "fx" }), k.load({ path: "fx" })].map((load) => load.catch((error: SallyportError) => error.code));
    const closed = k.close();
    for (const one of go) one();
    await closed;
    expect(await Promise.all(loads)).toEqual(["cancelled", "cancelled"]);
    expect(adapter.opened).toHaveLength(0);
  });

  it("does not fail for a hook that throws, and hooks keep their object", async () => {
    class Watch implements Hooks {
      seen: string[] = [];
      lifecycle({ event }: LifecycleEvent): void {
        this.seen.push(event);
        throw new Error("a hook's own affair");
      }
      log(): void {
        throw new Error("a hook's own affair");
      }
    }
    const watch = new Watch();
    const { k } = start({ fx: wait }, watch);
    await k.load({ path: "fx" });
    k.subscribe("t", () => { throw new Error("a subscriber's own affair"); });
    expect(k.publish("t")).toBe(1);
    await k.unload("fx", { drainMs: 0 });
    expect(watch.seen).toEqual(expect.arrayContaining(["loaded", "ready", "unloaded"]));
  });
});
