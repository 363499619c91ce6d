import { describe, expect, test } from "vitest";
import { inline } from "@sallyport/adapter-inline";
import { definePlugin, SallyportError, type Context, type PluginDefinition } from "@sallyport/plugin";
import { open, type OpenOptions } from "../guest/harness.js";

// The runtime is the same in every mode; inline is the shortest way to it.
const start = (definition: PluginDefinition<never>, options?: OpenOptions) => open(inline({ x: definition }), { path: "x" }, options);

describe("hello", () => {
  test("tells streams by the kind of function, and carries what a method says of itself", async () => {
    const { hello } = await start(definePlugin({
      methods: {
        "x.one": () => 1,
        "x.many": async function* () { yield 1; },
        "x.take": { stream: "in", idempotent: true, timeout: 5, handler: () => 1 },
        "x.both": { stream: "both", handler: async function* () { yield 1; } },
      },
      events: { "a.*": () => {}, "b.c": () => {} },
      start() {},
    }));
    expect(hello.methods).toEqual(["x.one", { name: "x.many", stream: "out" }, { name: "x.take", stream: "in", idempotent: true, timeout: 5 }, { name: "x.both", stream: "both" }]);
    expect(hello.events).toEqual(["a.*", "b.c"]);
    expect(hello.features).toContain("init");
  });
});

describe("a handler", () => {
  test("that returns nothing answers null", async () => {
    const { call } = await start(definePlugin({ methods: { "x.none": () => {} } }));
    expect(await call("x.none")).toBeNull();
  });

  test("that does not exist is unimplemented, inherited names too", async () => {
    const { call } = await start(definePlugin({ methods: {} }));
    await expect(call("x.none")).rejects.toMatchObject({ code: "unimplemented" });
    await expect(call("toString")).rejects.toMatchObject({ code: "unimplemented" });
  });

  test("keeps code and path of what it throws", async () => {
    const { call } = await start(definePlugin({ methods: { "x.bad": () => { throw new SallyportError("x.own_code", "no", { path: "params.a", data: { n: 1 } }); } } }));
    await expect(call("x.bad")).rejects.toMatchObject({ code: "x.own_code", message: "no", path: "params.a", data: { n: 1 } });
  });

  test("streams at the pace of its reader, and is told to stop when the reader leaves", async () => {
    const made: number[] = [];
    let left = false;
    const { peer } = await start(definePlugin({
      methods: { "x.count": async function* () { try { for (let i = 0; ; i++) { made.push(i); yield i; } } finally { left = true; } } },
    }));
    const stream = peer.request("x.count", null, { stream: true, timeoutMs: 10_000 });
    stream.result.catch(() => {});
    const seen: unknown[] = [];
    for await (const item of stream.output) if (seen.push(item) === 20) break;
    stream.cancel("caller");
    await stream.released;
    expect(seen).toEqual([...Array(20).keys()]);
    expect(made.length).toBeLessThan(40);
    expect(left).toBe(true);
  });

  test("reads the items that come along", async () => {
    const { peer } = await start(definePlugin({
      methods: { "x.sum": { stream: "in", handler: async (_p: unknown, { input }) => { let sum = 0; for await (const n of input) sum += n as number; return sum; } } },
    }));
    expect(await peer.request("x.sum", null, { input: [1, 2, 3], timeoutMs: 10_000 }).result).toBe(6);
  });

  test("has its parts without `this`", async () => {
    const { call, logs } = await start(definePlugin({
      methods: { "x.parts": (_p: unknown, { call: ask, log, progress, remainingMs }) => { log("a"); log.warn("b", { n: 1 }); progress(1, 2, "half"); return ask("h.get", remainingMs() > 0); } },
    }), { serve: (method, params) => [method, params] });
    expect(await call("x.parts")).toEqual(["h.get", true]);
    expect(logs).toMatchObject([{ lv: "info", msg: "a" }, { lv: "warn", msg: "b", f: { n: 1 } }]);
  });
});

test("events reach every matching handler, and a failing one is logged", async () => {
  const heard: unknown[] = [];
  const { peer, logs, call } = await start(definePlugin({
    methods: { "x.sync": () => 1 },
    events: { "a.*": (payload: unknown) => heard.push(["pattern", payload]), "a.b": (payload: unknown) => heard.push(["exact", payload]), "a.**": () => { throw new Error("broken"); } },
  }));
  expect(peer.publish("a.b", 7)).toBe(true);
  await call("x.sync");
  expect(heard).toEqual([["pattern", 7], ["exact", 7]]);
  expect(logs).toMatchObject([{ lv: "error", msg: "the handler of event 'a.b' failed: broken" }]);
});

test("a config is frozen to its depths", async () => {
  const { call } = await start(definePlugin<{ deep: { n: number } }>({
    methods: { "x.set": (_p: unknown, { config }) => { (config.deep as { n: number }).n = 2; } },
  }), { config: { deep: { n: 1 } } });
  await expect(call("x.set")).rejects.toThrow(/read only/);
});

test("the context of start is the plugin's own for as long as it lives", async () => {
  let own: Context | undefined;
  const definition = definePlugin({
    start(context) {
      own = context;
    },
    methods: { "x.own": () => own?.call("host.any") },
  });
  const { call } = await start(definition, { serve: (method, _params, { parent }) => ({ method, parent: parent ?? null }) });
  expect(await call("x.own")).toEqual({ method: "host.any", parent: null });
});

test("a throw in start fails the start", async () => {
  await expect(start(definePlugin({ start() { throw new SallyportError("failed_precondition", "no key"); } }))).rejects.toMatchObject({ code: "failed_precondition", message: "no key" });
});
