import { SallyportError, type IncomingCall } from "@sallyport/bus";
import { createKernel, type Adapter, type Crossing, type Kernel, type KernelOptions, type LifecycleEvent, type Manifest, type PluginSpec } from "@sallyport/kernel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memory, type MemoryAdapter, type Script } from "./memory-adapter.js";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const HELLO = { methods: ["fx.echo", "fx.wait"], events: ["t"] };

interface Started { readonly k: Kernel; readonly one: MemoryAdapter; readonly two: MemoryAdapter; readonly life: LifecycleEvent[]; readonly crossings: Crossing[] }

const kernels: Kernel[] = [];

/** A kernel with the same plugins in two modes, `one` and `two`. */
function start(one: Record<string, Script>, two: Record<string, Script>, options: Partial<KernelOptions> & { readonly trustOfTwo?: "reviewed" } = {}): Started {
  const life: LifecycleEvent[] = [];
  const crossings: Crossing[] = [];
  const adapters = [memory(one, { mode: "one" }), memory(two, { mode: "two", trust: options.trustOfTwo ?? "untrusted" })] as const;
  const k = createKernel({ graceMs: 50, ...options, adapters, hooks: { lifecycle: (event) => life.push(event), crossing: (each) => crossings.push(each) } });
  kernels.push(k);
  return { k, one: adapters[0], two: adapters[1], life, crossings };
}

afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.close({ drainMs: 0 })));
});

/** `fx.wait` hangs until it is let go; `fx.echo` answers with its mode. */
function plugin(mode: string, extra: Partial<Script> = {}): { readonly script: Script; readonly heard: unknown[]; readonly waiting: (() => void)[] } {
  const heard: unknown[] = [];
  const waiting: (() => void)[] = [];
  const request = (call: IncomingCall): unknown => (call.method === "fx.echo" ? mode : new Promise((resolve) => waiting.push(() => resolve(mode))));
  return { heard, waiting, script: { hello: HELLO, request, event: (_topic, payload) => heard.push(payload), ...extra } };
}

const spec: PluginSpec = { path: "fx", mode: "one", grants: ["subscribe:t"], restart: { backoffMs: 20, maxBackoffMs: 20 } };

describe("a move", () => {
  it("sends new calls and events to the new mode, lets the old one finish, and tells", async () => {
    const a = plugin("one");
    const b = plugin("two");
    const { k, one, two, life, crossings } = start({ fx: a.script }, { fx: b.script });
    await k.load(spec);
    const open = k.call("fx.wait");
    await vi.waitFor(() => expect(a.waiting).toHaveLength(1));
    k.publish("t", 1);
    await vi.waitFor(() => expect(a.heard).toEqual([1]));
    const info = await k.move("fx", "two", { reason: "a test" });
    expect(info).toMatchObject({ mode: "two", state: "ready", restarts: 0 });
    await expect(k.call("fx.echo")).resolves.toBe("two");
    k.publish("t", 2);
    await vi.waitFor(() => expect(b.heard).toEqual([2]));
    a.waiting[0]?.();
    await expect(open).resolves.toBe("one");
    await vi.waitFor(() => expect([one.live, two.live]).toEqual([0, 1]));
    expect(a.heard).toEqual([1]);
    expect(life.find((event) => event.event === "moved")).toMatchObject({ plugin: "fx", reason: "a test", instance: info.instance, detail: { from: "one", to: "two" } });
    expect(life.filter((event) => event.event === "crashed")).toEqual([]);
    expect(crossings.filter((each) => each.kind === "call").map(({ name, mode }) => [name, mode])).toEqual([["fx.echo", "two"], ["fx.wait", "one"]]);
    expect(k.list()[0]?.stats).toMatchObject({ calls: 2, inFlight: 0 });
  });

  it("cuts what the old instance has not finished in time, retryable where the method is idempotent", async () => {
    const hello = { methods: ["fx.wait", { name: "fx.again", idempotent: true }] };
    const { k, one } = start({ fx: plugin("one", { hello, stubborn: true }).script }, { fx: plugin("two", { hello }).script });
    await k.load({ ...spec, grants: [] });
    const cut = [k.call("fx.wait"), k.call("fx.again")].map((call) => call.catch((error: unknown) => error));
    await vi.waitFor(() => expect(k.list()[0]?.stats.inFlight).toBe(2));
    await k.move("fx", "two", { drainMs: 10 });
    expect(await Promise.all(cut)).toMatchObject([{ code: "unavailable", retryable: false }, { code: "unavailable", retryable: true }]);
    await k.unload("fx");
    expect(one.live).toBe(0);
  });

  it("keeps the queue: who waits for a place gets one in the new instance", async () => {
    const hello = { ...HELLO, limits: { inflight: 1 } };
    const a = plugin("one", { hello });
    const { k } = start({ fx: a.script }, { fx: plugin("two", { hello: HELLO }).script });
    await k.load(spec);
    const open = k.call("fx.wait");
    const queued = k.call("fx.echo");
    await vi.waitFor(() => expect(a.waiting).toHaveLength(1));
    await k.move("fx", "two");
    a.waiting[0]?.();
    await expect(open).resolves.toBe("one");
    await expect(queued).resolves.toBe("two");
  });

  it("takes streams that are open to their end where they began", async () => {
    const count = (mode: string): Partial<Script> => ({
      hello: { methods: [{ name: "fx.count", stream: "out" }] },
      async request(call) {
        for (let i = 0; i < 20; i++) await call.write(`${mode} ${i}`);
        return mode;
      },
    });
    const { k } = start({ fx: plugin("one", count("one")).script }, { fx: plugin("two", count("two")).script });
    await k.load({ ...spec, grants: [] });
    const stream = k.stream("fx.count");
    const items = [(await stream.next()).value];
    await k.move("fx", "two");
    for (let step = await stream.next(); ; step = await stream.next()) {
      items.push(step.value);
      if (step.done === true) break;
    }
    expect(items).toEqual([...Array.from({ length: 20 }, (_, i) => `one ${i}`), "one"]);
  });

  it("is where later restarts go on", async () => {
    const { k, one, two } = start({ fx: plugin("one").script }, { fx: plugin("two").script });
    await k.load(spec);
    await k.move("fx", "two");
    two.opened[0]?.crash();
    await expect(k.call("fx.echo")).rejects.toMatchObject({ code: "plugin_crashed" }).catch(() => undefined);
    await vi.waitFor(async () => expect(await k.call("fx.echo").catch(() => "")).toBe("two"));
    expect([one.opened.length, two.opened.length]).toEqual([1, 2]);
  });

  it("to where it is changes nothing", async () => {
    const { k, one, life } = start({ fx: plugin("one").script }, {});
    await k.load(spec);
    expect(await k.move("fx", "one")).toMatchObject({ mode: "one" });
    expect(one.opened).toHaveLength(1);
    expect(life.some((event) => event.event === "moved")).toBe(false);
  });
});

describe("a move that is refused", () => {
  const manifest = (extra: Partial<Manifest> = {}): Partial<Manifest> => ({ methods: { "fx.echo": {}, "fx.wait": {} }, events: ["t"], ...extra });

  it.each<[string, Partial<Script>, PluginSpec, object, string]>([
    ["where a method is missing", { hello: { ...HELLO, methods: ["fx.echo"] } }, spec, {}, "manifest_mismatch"],
    ["where an event is missing", { hello: { ...HELLO, events: [] } }, spec, {}, "manifest_mismatch"],
    ["where a method is new", { hello: { ...HELLO, methods: [...HELLO.methods, "fx.more"] } }, spec, {}, "manifest_mismatch"],
    ["where it does not start", { opening: () => { throw new SallyportError("spawn_failed", "no such thing"); } }, spec, {}, "spawn_failed"],
    ["where it says nothing", { silent: true }, { ...spec, startTimeoutMs: 20 }, {}, "start_timeout"],
    ["by less trust", {}, spec, { trustOfTwo: "reviewed" }, "permission_denied"],
  ])("%s leaves it as it was", async (_what, extra, loaded, options, code) => {
    const { k, one, two } = start({ fx: plugin("one").script }, { fx: plugin("two", extra).script }, options);
    await k.load(loaded);
    await expect(k.move("fx", "two")).rejects.toMatchObject({ code, help: expect.stringMatching(/./) as unknown });
    expect(k.list()[0]).toMatchObject({ mode: "one", state: "ready", restarts: 0, methods: [{ name: "fx.echo" }, { name: "fx.wait" }] });
    await expect(k.call("fx.echo")).resolves.toBe("one");
    expect([one.opened.length, one.live, two.live]).toEqual([1, 1, 0]);
  });

  it("by trust is made when somebody vouches, or the config names that mode", async () => {
    const { k } = start({ fx: plugin("one").script, other: plugin("one", { hello: { methods: ["other.x"] } }).script }, { fx: plugin("two").script, other: plugin("two", { hello: { methods: ["other.x"] } }).script }, { trustOfTwo: "reviewed" });
    await k.load(spec);
    expect(await k.move("fx", "two", { trust: "reviewed" })).toMatchObject({ mode: "two", trust: "reviewed" });
    await k.load({ path: "other", mode: "two" });
    await k.move("other", "one");
    expect(await k.move("other", "two")).toMatchObject({ mode: "two", trust: "untrusted" });
  });

  it("keeps its manifest: another one is another plugin", async () => {
    const { k } = start({ fx: plugin("one", { manifest: manifest() }).script }, { fx: plugin("two", { manifest: manifest({ needs: ["call:bank.**"] }) }).script });
    await k.load(spec);
    await expect(k.move("fx", "two")).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("for names that do not exist", async () => {
    const { k } = start({ fx: plugin("one").script }, {});
    await k.load(spec);
    await expect(k.move("nobody", "two")).rejects.toMatchObject({ code: "not_found" });
    await expect(k.move("fx", "two", { trust: "blind" as "trusted" })).rejects.toMatchObject({ code: "invalid_argument", path: "trust" });
    await expect(k.move("fx", "three")).rejects.toMatchObject({ code: "invalid_argument", help: "This kernel has: one, two." });
    await expect(k.move("fx", "two")).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("holds nothing that mode 'two' runs") as unknown });
  });
});

describe("while it moves", () => {
  /** The second mode starts when it is told to. */
  function held(): { readonly script: Script; go(): void } {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const b = plugin("two", { hello: { ...HELLO, features: ["stream", "cancel", "ping", "log", "progress", "events", "hostcall", "init"] } });
    const { request } = b.script;
    return { go, script: { ...b.script, request: (call, guest) => (call.method === "$init" ? gate.then(() => null) : request?.(call, guest)) } };
  }

  it("a second move is refused, and the first one goes on", async () => {
    const b = held();
    const { k } = start({ fx: plugin("one").script }, { fx: b.script });
    await k.load(spec);
    const first = k.move("fx", "two");
    await expect(k.move("fx", "two")).rejects.toMatchObject({ code: "conflict" });
    b.go();
    expect(await first).toMatchObject({ mode: "two" });
  });

  it("an unload wins: nothing is left", async () => {
    const { k, one, two } = start({ fx: plugin("one").script }, { fx: held().script });
    await k.load(spec);
    const moving = k.move("fx", "two").catch((error: unknown) => error);
    await vi.waitFor(() => expect(two.live).toBe(1));
    await k.unload("fx");
    expect(await moving).toMatchObject({ code: "unavailable" });
    expect([k.list().length, one.live, two.live]).toEqual([0, 0, 0]);
  });

  it("a close wins as well", async () => {
    const { k, one, two } = start({ fx: plugin("one").script }, { fx: held().script });
    await k.load(spec);
    const moving = k.move("fx", "two").catch((error: unknown) => error);
    await vi.waitFor(() => expect(two.live).toBe(1));
    await k.close();
    expect(await moving).toBeInstanceOf(SallyportError);
    expect([one.live, two.live]).toEqual([0, 0]);
  });

  it("a crash of the old instance hands its waiting calls to the new one", async () => {
    const b = held();
    const { k, one, two } = start({ fx: plugin("one").script }, { fx: b.script });
    await k.load({ ...spec, restart: { backoffMs: 10_000, maxBackoffMs: 10_000 } });
    const moving = k.move("fx", "two");
    await vi.waitFor(() => expect(two.live).toBe(1));
    one.opened[0]?.crash();
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("backoff"));
    const waits = k.call("fx.echo");
    b.go();
    await moving;
    await expect(waits).resolves.toBe("two");
    expect(one.opened).toHaveLength(1);
    expect(k.list()[0]).toMatchObject({ mode: "two", state: "ready" });
  });

  it("a restart of the old mode that is under way is given up", async () => {
    const b = held();
    let starts = 0;
    const a = plugin("one");
    const { k, one, two } = start({ fx: { ...a.script, greeted: () => void starts++, get silent() { return starts > 0; } } }, { fx: b.script });
    await k.load({ ...spec, restart: { backoffMs: 1, maxBackoffMs: 1 } });
    const moving = k.move("fx", "two");
    await vi.waitFor(() => expect(two.live).toBe(1));
    one.opened[0]?.crash();
    await vi.waitFor(() => expect(one.opened).toHaveLength(2));
    const waits = k.call("fx.echo");
    b.go();
    await moving;
    await expect(waits).resolves.toBe("two");
    await vi.waitFor(() => expect([one.live, two.live]).toEqual([0, 1]));
    expect(k.list()[0]).toMatchObject({ mode: "two", state: "ready" });
  });

  it("a close waits for a start that a move made needless", async () => {
    const slow = memory({ fx: plugin("one").script }, { mode: "one" });
    const two = memory({ fx: plugin("two").script }, { mode: "two" });
    let opens = 0;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const one: Adapter = {
      ...slow,
      async open(...args) {
        if (++opens > 1) await gate;
        return slow.open(...args);
      },
    };
    const k = createKernel({ adapters: [one, two], graceMs: 50 });
    kernels.push(k);
    await k.load({ ...spec, restart: { backoffMs: 1, maxBackoffMs: 1 } });
    slow.opened[0]?.crash();
    await vi.waitFor(() => expect(opens).toBe(2));
    await k.move("fx", "two");
    let closed = false;
    const closing = k.close().then(() => (closed = true));
    await pause(30);
    expect(closed).toBe(false);
    go();
    await closing;
    expect([slow.live, two.live]).toEqual([0, 0]);
  });

  it("a close waits for what left before the move, also when the new one leaves too", async () => {
    const { k, one, two } = start({ fx: { ...plugin("one").script, stubborn: true } }, { fx: plugin("two").script });
    await k.load({ ...spec, idleStopMs: 10 });
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("idle"));
    expect(one.live).toBe(1);
    await k.move("fx", "two");
    two.opened[0]?.raw({ t: "bye", why: "reload" });
    await vi.waitFor(() => expect(k.list()[0]?.state).not.toBe("ready"));
    await k.close();
    expect([one.live, two.live]).toEqual([0, 0]);
  });

  it("a crash of the new instance is a refusal, and the old one goes on", async () => {
    const { k, two } = start({ fx: plugin("one").script }, { fx: held().script });
    await k.load(spec);
    const moving = k.move("fx", "two").catch((error: unknown) => error);
    await vi.waitFor(() => expect(two.live).toBe(1));
    two.opened[0]?.crash({ exitCode: 7 });
    expect(await moving).toMatchObject({ code: "plugin_crashed" });
    await expect(k.call("fx.echo")).resolves.toBe("one");
    expect(k.list()[0]).toMatchObject({ mode: "one", state: "ready", restarts: 0 });
  });

  it("an idle stop takes nothing away from it", async () => {
    const b = held();
    const { k } = start({ fx: plugin("one").script }, { fx: b.script });
    await k.load({ ...spec, idleStopMs: 10 });
    const moving = k.move("fx", "two");
    await vi.waitFor(() => expect(k.list()[0]?.state).toBe("idle"));
    b.go();
    expect(await moving).toMatchObject({ mode: "two", state: "ready" });
  });
});

it("of a plugin that is broken makes it whole", async () => {
  const { k, one } = start({ fx: plugin("one").script }, { fx: plugin("two").script });
  await k.load({ ...spec, restart: false });
  one.opened[0]?.crash();
  await vi.waitFor(() => expect(k.list()[0]?.state).toBe("broken"));
  await k.move("fx", "two");
  await expect(k.call("fx.echo")).resolves.toBe("two");
});

describe("with calls without end", () => {
  it.each([1, 2, 3])("each has one answer and is made once, through many moves (%i)", async (seed) => {
    let random = seed * 7919;
    const below = (n: number): number => (random = (random * 48271) % 0x7fffffff) % n;
    const made = new Map<number, number>();
    // The plugin's own account, kept by a method of the host: what it did, not what it said.
    const script = (mode: string): Script => ({
      hello: { methods: ["fx.work"], limits: { inflight: 8 } },
      async request(call, guest) {
        await guest.peer.request("book.note", call.params, { parent: call, timeoutMs: 1000 }).result;
        if (below(3) === 0) await pause(below(4));
        return [mode, call.params];
      },
    });
    const { k, one, two } = start({ fx: script("one") }, { fx: script("two") });
    k.provide("book.note", (n: number) => void made.set(n, (made.get(n) ?? 0) + 1));
    await k.load({ path: "fx", mode: "one", grants: ["call:book.note"], limits: { queue: 1000 } });
    const calls: Promise<unknown>[] = [];
    let moves = 0;
    for (let n = 0; n < 600; n++) {
      calls.push(k.call("fx.work", n));
      if (below(4) === 0) await pause(0);
      if (below(25) === 0) void k.move("fx", below(2) === 0 ? "one" : "two").then(() => moves++, () => undefined);
    }
    const answers = (await Promise.all(calls)) as [string, number][];
    expect(answers.map(([, n]) => n)).toEqual(Array.from({ length: 600 }, (_, n) => n));
    expect([...made.values()].every((times) => times === 1)).toBe(true);
    expect(made.size).toBe(600);
    expect(moves).toBeGreaterThan(2);
    expect(new Set(answers.map(([mode]) => mode)).size).toBe(2);
    await vi.waitFor(() => expect(one.live + two.live).toBe(1));
  });
});
