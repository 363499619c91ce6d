import { SallyportError } from "@sallyport/bus";
import { createKernel, type Crossing, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { memory, type Script } from "./memory-adapter.js";

let kernel: Kernel | undefined;
afterEach(async () => {
  await kernel?.close({ drainMs: 0 });
  kernel = undefined;
});

function start(scripts: Record<string, Script>, crossings: Crossing[] = [], life: LifecycleEvent[] = []): Kernel {
  kernel = createKernel({ adapters: [memory(scripts)], graceMs: 50, hooks: { crossing: (record) => crossings.push(record), lifecycle: (event) => life.push(event) } });
  return kernel;
}

const echo: Script = { hello: { methods: ["fx.echo"] }, request: (call) => call.params };

describe("calls", () => {
  it("reach the provider that a bare plugin's hello announced", async () => {
    const k = start({ fx: echo });
    await k.load({ path: "fx" });
    await expect(k.call("fx.echo", { a: [1, 2] })).resolves.toEqual({ a: [1, 2] });
  });

  it("of a method that nobody provides fail with unimplemented, and reserved methods with them", async () => {
    const k = start({ fx: echo });
    await k.load({ path: "fx" });
    await expect(k.call("fx.other")).rejects.toMatchObject({ code: "unimplemented", method: "fx.other" });
    await expect(k.call("$init")).rejects.toMatchObject({ code: "unimplemented" });
  });

  it("name plugin and method in a failure, and keep the plugin's code", async () => {
    const k = start({ fx: { hello: { methods: ["fx.bad"] }, request: () => { throw new SallyportError("fx.unknown_pair", "no such pair", { path: "params.pair" }); } } });
    await k.load({ path: "fx" });
    await expect(k.call("fx.bad")).rejects.toMatchObject({ code: "fx.unknown_pair", message: "no such pair", plugin: "fx", method: "fx.bad", path: "params.pair", source: "plugin" });
  });

  it("do not let a plugin forge the codes of the host", async () => {
    const k = start({ fx: { hello: { methods: ["fx.bad"] }, request: () => { throw Object.assign(new Error("x"), { code: "plugin_crashed" }); } } });
    await k.load({ path: "fx" });
    await expect(k.call("fx.bad")).rejects.toMatchObject({ code: "internal" });
  });

  it("stream items and return the result", async () => {
    const k = start({ fx: { hello: { methods: [{ name: "fx.count", stream: "out" }] }, async request(call) { for (let i = 0; i < 100; i++) await call.write(i); return "done"; } } });
    await k.load({ path: "fx" });
    const items: unknown[] = [];
    const stream = k.stream("fx.count");
    let step = await stream.next();
    for (; step.done !== true; step = await stream.next()) items.push(step.value);
    expect(items).toHaveLength(100);
    expect(step.value).toBe("done");
    await expect(k.call("fx.count")).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("leave one record for each crossing", async () => {
    const crossings: Crossing[] = [];
    const k = start({ fx: echo, bad: { hello: { methods: ["bad.x"] }, request: () => { throw new SallyportError("conflict", "no"); } } }, crossings);
    await k.load({ path: "fx" });
    await k.load({ path: "bad" });
    await k.call("fx.echo", 1);
    await k.call("bad.x").catch(() => undefined);
    expect(crossings.map(({ plugin, name, outcome, caller, direction }) => [plugin, name, outcome, caller, direction])).toEqual([
      ["fx", "fx.echo", "ok", "host", "in"],
      ["bad", "bad.x", "conflict", "host", "in"],
    ]);
    expect(crossings[0]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it("that stream are recorded when the last item was taken, with all of them", async () => {
    const crossings: Crossing[] = [];
    const k = start({ fx: { hello: { methods: [{ name: "fx.count", stream: "out" }] }, async request(call) { for (let i = 0; i < 7; i++) await call.write(i); return "done"; } } }, crossings);
    await k.load({ path: "fx" });
    for await (const item of k.stream("fx.count")) {
      expect(crossings).toEqual([]);
      if (item === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(crossings).toMatchObject([{ name: "fx.count", outcome: "ok", items: 7 }]);
  });

  it("that stream may fail while their reader is still busy with the first item", async () => {
    const k = start({ fx: { hello: { methods: [{ name: "fx.count", stream: "out" }] }, async request(call) { await call.write(1); await call.write(2); throw new SallyportError("conflict", "then it broke"); } } });
    await k.load({ path: "fx" });
    // A rejection that nobody holds for a moment would end the host's process.
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const items: unknown[] = [];
      await expect((async () => {
        for await (const item of k.stream("fx.count")) {
          items.push(item);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })()).rejects.toMatchObject({ code: "conflict", plugin: "fx", method: "fx.count" });
      expect(items).toEqual([1, 2]);
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(unhandled).toEqual([]);
  });

  it("have one provider: a second plugin with the same method is refused and leaves nothing", async () => {
    const k = start({ fx: echo, copy: echo });
    await k.load({ path: "fx" });
    await expect(k.load({ path: "copy" })).rejects.toMatchObject({ code: "conflict", method: "fx.echo" });
    expect(k.list().map((plugin) => plugin.name)).toEqual(["fx"]);
    await expect(k.call("fx.echo", 7)).resolves.toBe(7);
  });
});

describe("calls between plugins", () => {
  const relay: Script = { hello: { methods: ["a.relay"] }, request: (call, guest) => guest.peer.request("fx.echo", call.params, { parent: call }).result };

  it("need a grant, and the denial is reported", async () => {
    const life: LifecycleEvent[] = [];
    const k = start({ fx: echo, a: relay }, [], life);
    await k.load({ path: "fx" });
    await k.load({ path: "a" });
    await expect(k.call("a.relay", 1)).rejects.toMatchObject({ code: "permission_denied" });
    expect(life).toContainEqual(expect.objectContaining({ plugin: "a", event: "denied", reason: "call:fx.echo" }));
    expect(k.list().find((plugin) => plugin.name === "a")?.stats.denied).toBe(1);
  });

  it("are allowed by a granted pattern", async () => {
    const k = start({ fx: echo, a: relay });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.*"] });
    await expect(k.call("a.relay", 1)).resolves.toBe(1);
  });

  it("are denied without a word about what exists", async () => {
    const ask: Script = { hello: { methods: ["a.ask"] }, request: (call, guest) => guest.peer.request(call.params as string, null, { parent: call }).result };
    const k = start({ fx: echo, a: ask });
    await k.load({ path: "fx" });
    await k.load({ path: "a" });
    const real = await k.call("a.ask", "fx.echo").catch((error: SallyportError) => error.code);
    const none = await k.call("a.ask", "no.such").catch((error: SallyportError) => error.code);
    expect([real, none]).toEqual(["permission_denied", "permission_denied"]);
  });

  it("are limited to what the manifest asks for, whatever the config grants", async () => {
    const k = start({ fx: echo, a: { ...relay, manifest: { needs: ["call:other.*"], methods: { "a.relay": {} } } } });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.*"] });
    await expect(k.call("a.relay", 1)).rejects.toMatchObject({ code: "permission_denied" });
    expect(k.list()[1]).toMatchObject({ grants: [], denied: ["call:other.*"] });
  });

  it("are bounded by the deadline of the call that they serve", async () => {
    let left = 0;
    const k = start({
      fx: { hello: { methods: ["fx.slow"] }, request: (call) => { left = call.remainingMs(); return new Promise((_r, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason))); } },
      a: { hello: { methods: ["a.relay"] }, request: (_call, guest) => guest.peer.request("fx.slow", null, { parent: _call, timeoutMs: 60_000 }).result },
    });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.slow"] });
    await expect(k.call("a.relay", null, { timeoutMs: 200 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(200);
  });

  it("are for the tenant of the call that they serve, whatever the plugin writes", async () => {
    const seen: unknown[] = [];
    const k = start({ a: { hello: { methods: ["a.ask"] }, request: (call, guest) => guest.peer.request("host.who", null, { ...(call.params === "served" && { parent: call }), meta: { tenant: "forged", idem: "k1" } }).result } });
    k.provide("host.who", (_params, context) => seen.push(context.meta));
    await k.load({ path: "a", grants: ["call:host.who"] });
    await k.call("a.ask", "served", { meta: { tenant: "acme" } });
    await k.call("a.ask", "unserved", { meta: { tenant: "acme" } });
    expect(seen).toEqual([{ tenant: "acme", idem: "k1" }, { idem: "k1" }]);
  });

  it("do not learn of another plugin's crash report", async () => {
    let seen: Record<string, unknown> = {};
    const k = start({
      fx: { hello: { methods: ["fx.die"] }, request: (_call, guest) => { guest.crash({ exitCode: 3, stderrTail: ["secret"] }); return new Promise(() => {}); } },
      a: { hello: { methods: ["a.relay"] }, async request(call, guest) { await guest.peer.request("fx.die", null, { parent: call }).result.catch((error: SallyportError) => (seen = { ...error })); return null; } },
    });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:**"] });
    await k.call("a.relay");
    expect(seen).toMatchObject({ code: "plugin_crashed" });
    expect(JSON.stringify(seen)).not.toContain("secret");
  });
});

describe("host methods", () => {
  it("answer plugins that have a grant, and know who calls", async () => {
    const k = start({ a: { hello: { methods: ["a.balance"] }, request: (call, guest) => guest.peer.request("ledger.balance", { id: 7 }, { parent: call }).result } });
    k.provide("ledger.balance", (params: { id: number }, context) => ({ id: params.id, caller: context.caller }), { params: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } });
    await k.load({ path: "a", grants: ["call:ledger.balance"] });
    await expect(k.call("a.balance")).resolves.toEqual({ id: 7, caller: "a" });
    await expect(k.call("ledger.balance", { id: "7" })).rejects.toMatchObject({ code: "invalid_argument", path: "params.id" });
  });

  it("keep their deadline and stream from a generator", async () => {
    const k = start({});
    k.provide("slow.one", () => new Promise(() => {}));
    k.provide("many.items", async function* () { yield 1; yield 2; return "end"; });
    await expect(k.call("slow.one", null, { timeoutMs: 20 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const items: unknown[] = [];
    for await (const item of k.stream("many.items")) items.push(item);
    expect(items).toEqual([1, 2]);
    await expect(k.call("many.items")).rejects.toMatchObject({ code: "failed_precondition" });
  });

  it("hide the host's own words from a plugin", async () => {
    const k = start({ a: { hello: { methods: ["a.ask"] }, request: (call, guest) => guest.peer.request("db.read", null, { parent: call }).result } });
    k.provide("db.read", () => { throw new Error("password of db-prod-7 is wrong"); });
    await k.load({ path: "a", grants: ["call:db.read"] });
    const error = await k.call("a.ask").catch((thrown: SallyportError) => thrown);
    expect(error).toMatchObject({ code: "internal" });
    expect(JSON.stringify(error)).not.toContain("db-prod-7");
  });

  it("are listed first in api(), and withdrawn by the returned function", async () => {
    const k = start({ fx: echo });
    await k.load({ path: "fx" });
    const withdraw = k.provide("z.host", () => 1, { description: "one" });
    expect(k.api().map(({ name, provider }) => [name, provider])).toEqual([["z.host", "host"], ["fx.echo", "fx"]]);
    expect(() => k.provide("fx.echo", () => 1)).toThrow(/already provides/);
    withdraw();
    await expect(k.call("z.host")).rejects.toMatchObject({ code: "unimplemented" });
  });
});

describe("payload schemas", () => {
  const schema = { type: "object", required: ["n"], properties: { n: { type: "integer", maximum: 10 } }, additionalProperties: false };

  it("are checked on the way in and on the way out", async () => {
    const k = start({ fx: { manifest: { methods: { "fx.next": { params: schema, result: { type: "integer", maximum: 10 } } } }, hello: { methods: ["fx.next"] }, request: (call) => (call.params as { n: number }).n + 1 } });
    await k.load({ path: "fx" });
    await expect(k.call("fx.next", { n: 1 })).resolves.toBe(2);
    await expect(k.call("fx.next", { n: "1" })).rejects.toMatchObject({ code: "invalid_argument", path: "params.n" });
    await expect(k.call("fx.next", { n: 1, m: 2 })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("'m'") });
    await expect(k.call("fx.next", { n: 10 })).rejects.toMatchObject({ code: "internal", source: "host", plugin: "fx" });
  });

  it.each([
    ["a reference", { $ref: "#" }],
    ["a list of unbounded unique items", { type: "array", uniqueItems: true }],
    ["a pattern with look-ahead", { type: "string", pattern: "(?=a)a" }],
    ["an unknown keyword", { typ: "string" }],
  ])("with %s are refused at load", async (_what, params) => {
    const k = start({ fx: { manifest: { methods: { "fx.x": { params } } }, hello: { methods: ["fx.x"] } } });
    await expect(k.load({ path: "fx" })).rejects.toMatchObject({ code: "invalid_argument" });
    expect(k.list()).toEqual([]);
  });

  it("with a pattern that would take a backtracking engine years end at once", async () => {
    const k = start({ fx: { manifest: { methods: { "fx.x": { params: { type: "string", pattern: "^(a+)+$" } } } }, hello: { methods: ["fx.x"] }, request: () => 1 } });
    await k.load({ path: "fx" });
    await expect(k.call("fx.x", `${"a".repeat(5000)}!`)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(k.call("fx.x", "aaa")).resolves.toBe(1);
  });
});
