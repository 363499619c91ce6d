import { afterEach, describe, expect, test } from "vitest";
import { worker } from "@sallyport/adapter-worker";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { Adapter } from "@sallyport/kernel";
import { folderOf, open } from "../guest/harness.js";

const adapters: Adapter[] = [];
afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter[Symbol.asyncDispose]();
});
function make(options?: Parameters<typeof worker>[0]): Adapter {
  const adapter = worker(options);
  adapters.push(adapter);
  return adapter;
}
const plugin = (methods: string): { path: string } => ({ path: `${folderOf({ "index.js": `export default { methods: { ${methods} } };` })}/index.js` });

describe("ending", () => {
  test.each([
    ["a busy loop", "for (;;);"],
    ["a loop of microtasks", "for (;;) await null;"],
    ["a regular expression", "/^(a+)+$/.exec('a'.repeat(40) + 'b')"],
    ["a sort", "[1, 2].sort(() => { for (;;); })"],
  ])("R03: %s is killed, and another plugin goes on", async (_name, body) => {
    const adapter = make();
    const other = await open(adapter, plugin(`"b.ping": () => "pong"`));
    const { call, boundary } = await open(adapter, plugin(`"a.hang": async () => { ${body} }`));
    const hung = call("a.hang").then(() => "answered", () => "failed");
    expect(await other.call("b.ping")).toBe("pong");
    const exit = await boundary.kill();
    expect(exit).toEqual({ instance: "test#1" });
    expect(await boundary.kill()).toEqual(exit);
    expect(await hung).toBe("failed");
    expect(await other.call("b.ping")).toBe("pong");
  });

  test("a goodbye lets calls in flight finish", async () => {
    const { call, boundary, peer } = await open(make(), plugin(`"a.slow": () => new Promise((done) => setTimeout(done, 30, "done"))`));
    const slow = call("a.slow");
    peer.bye("shutdown", 1000);
    expect(await slow).toBe("done");
    expect(await boundary.exited).toEqual({ exitCode: 0, instance: "test#1" });
  });

  test("an aborted start leaves no thread with the plugin", async () => {
    const adapter = make();
    const stop = new AbortController();
    const opening = open(adapter, plugin(`"a.x": () => 1`), { signal: stop.signal });
    stop.abort();
    await expect(opening).rejects.toThrow();
    expect(await (await open(adapter, plugin(`"a.x": () => 1`))).call("a.x")).toBe(1);
  });

  test("disposing the adapter ends its instances", async () => {
    const adapter = make();
    const { boundary } = await open(adapter, plugin(`"a.x": () => { for (;;); }`));
    await adapter[Symbol.asyncDispose]();
    expect(await boundary.exited).toMatchObject({ instance: "test#1" });
  });
});

describe("threads", () => {
  test("are used again after a clean end, with a fresh Compartment", async () => {
    const adapter = make({ spares: 0 });
    const count = plugin(`"a.count": () => (globalThis.n = (globalThis.n ?? 0) + 1)`);
    const first = await open(adapter, count);
    expect(await first.call("a.count")).toBe(1);
    first.peer.bye("shutdown", 1000);
    await first.boundary.exited;
    const second = await open(adapter, count);
    expect(second.boundary.label).toBe(first.boundary.label);
    expect(await second.call("a.count")).toBe(1);
  });

  test("are not used again with reuse: false, nor after a kill", async () => {
    const adapter = make({ spares: 0, reuse: false });
    const first = await open(adapter, plugin(`"a.x": () => 1`));
    first.peer.bye("shutdown", 1000);
    expect(await first.boundary.exited).toMatchObject({ exitCode: 0 });
    const second = await open(adapter, plugin(`"a.x": () => 1`));
    expect(second.boundary.label).not.toBe(first.boundary.label);
    await second.boundary.kill();
    const third = await open(adapter, plugin(`"a.x": () => 1`));
    expect(third.boundary.label).not.toBe(second.boundary.label);
  });

  test.each([
    ["a definition that changes while it is read", "let reads = 0; export default { get methods() { if (++reads > 1) throw new Error('no'); return {}; } };"],
    ["an error that is no JSON", "setTimeout(() => { throw { code: 'a.x', msg: 'no', data: 1n }; }); export default { methods: {} };"],
    ["an error without end", "setTimeout(() => { throw new Error('x'.repeat(1e6)); }); export default { methods: {} };"],
  ])("S18: are not used again after %s", async (_name, code) => {
    const adapter = make({ spares: 0 });
    const source = await adapter.inspect({ path: `${folderOf({ "index.js": code })}/index.js` }, AbortSignal.timeout(10_000));
    if (source === undefined) throw new Error("not a plugin");
    const logs: string[] = [];
    const host = { receive() {}, log: (_level: string, text: string) => void logs.push(text), drained() {} };
    const first = await adapter.open({ source, instance: "evil#1", args: [], limits: DEFAULT_LIMITS, sandbox: "auto", permissions: {}, debug: false }, host, AbortSignal.timeout(10_000));
    expect((await first.exited).error).toMatchObject({ msg: expect.stringMatching(/^(no|x{8192})$/) });
    for (const text of logs) expect(text.length).toBeLessThan(10_000);
    expect((await open(adapter, plugin(`"a.x": () => 1`))).boundary.label).not.toBe(first.label);
  });

  test("see nothing of the host's environment, and print nothing", async () => {
    const { call } = await open(make(), plugin(`"a.look": () => [typeof process, typeof require]`));
    expect((await call("a.look")) as unknown[]).toContain("undefined");
  });
});

describe("frames", () => {
  test("bytes, dates and big integers arrive as they were", async () => {
    const { call } = await open(make(), plugin(`"a.echo": (params) => params`));
    const value = { bytes: new Uint8Array([1, 2, 3]), at: new Date(86_400_000), big: 2n ** 60n, text: "ä€😀", nested: [{ a: null }] };
    expect(await call("a.echo", value)).toEqual(value);
  });

  test("a result beyond the limit fails its call, and the instance lives", async () => {
    const { call } = await open(make(), plugin(`"a.big": ({ n }) => "x".repeat(n)`), { limits: { frameBytes: 100_000 } });
    await expect(call("a.big", { n: 200_000 })).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(await call("a.big", { n: 10 })).toBe("xxxxxxxxxx");
  });

  test("a result that cannot cross fails its call with the path", async () => {
    const { call } = await open(make(), plugin(`"a.bad": () => ({ list: [1, () => {}] })`));
    await expect(call("a.bad")).rejects.toMatchObject({ code: "internal", path: expect.stringContaining("list[1]") });
  });

  test("R05: a flood does not keep the host from its timers, and all of it arrives", async () => {
    const { call, logs } = await open(make(), plugin(`"a.flood": (_p, { log }) => { for (let i = 0; i < 20000; i++) log("line"); }`));
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await call("a.flood");
    clearInterval(ticking);
    expect(logs).toHaveLength(20_000);
    expect(turns).toBeGreaterThan(3);
  });
});
