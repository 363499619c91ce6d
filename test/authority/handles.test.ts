import { describe, expect, it } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { eventually } from "./eventually.js";
import { deputy, outcome, start } from "./kernel.js";

function withFiles(scripts: Record<string, Script>): ReturnType<typeof start> & { disposed: unknown[] } {
  const disposed: unknown[] = [];
  const started = start(scripts);
  let opened = 0;
  started.k.provide("file.open", (_params, { handle }) => handle({ number: ++opened }, (file) => disposed.push(file.number)));
  started.k.provide("file.read", (params: string, { resource }) => resource<{ number: number }>(params).number);
  started.k.provide("file.close", (params: string, { release }) => release(params));
  return { ...started, disposed };
}
const open = { method: "file.open" };
const read = (handle: unknown): object => ({ method: "file.read", params: handle });

describe("a handle", () => {
  it("names what the host keeps, for the plugin that got it alone", async () => {
    const { k } = withFiles({ a: deputy("a"), b: deputy("b") });
    await k.load({ path: "a", grants: ["call:file.*"] });
    await k.load({ path: "b", grants: ["call:file.*"] });
    const handle = await k.call<string>("a.do", open);
    expect(handle).toMatch(/^[\w-]{24}$/);
    expect(await k.call("a.do", read(handle))).toBe(1);
    expect(await outcome(k.call("b.do", read(handle)))).toBe("not_found");
    expect(await outcome(k.call("file.read", handle))).toBe("not_found");
  });

  it("is refused in the same words, whatever is wrong with it", async () => {
    const { k } = withFiles({ a: deputy("a"), b: deputy("b") });
    await k.load({ path: "a", grants: ["call:file.*"] });
    await k.load({ path: "b", grants: ["call:file.*"] });
    const others = await k.call("b.do", open);
    const gone = await k.call("a.do", open);
    await k.call("a.do", { method: "file.close", params: gone });
    const errors = await Promise.all([others, gone, "nonsense", "__proto__", 7, null, {}].map((handle) => k.call("a.do", read(handle)).catch((error: unknown) => JSON.stringify(error))));
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toContain("not_found");
  });

  it("ends with its instance, disposed of once, and does not work for the next", async () => {
    const { k, adapter, disposed } = withFiles({ a: deputy("a") });
    await k.load({ path: "a", grants: ["call:file.*"], restart: { backoffMs: 1 } });
    const handles = [await k.call("a.do", open), await k.call("a.do", open)];
    await k.call("a.do", { method: "file.close", params: handles[0] });
    expect(disposed).toEqual([1]);
    adapter.opened[0]?.crash();
    await eventually(() => expect(disposed).toEqual([1, 2]));
    await eventually(() => expect(k.list()[0]?.state).toBe("ready"));
    expect(await outcome(k.call("a.do", read(handles[1])))).toBe("not_found");
    await k.unload("a");
    expect(disposed).toEqual([1, 2]);
  });

  it("asked for when the instance has ended is disposed of at once", async () => {
    const { k, adapter } = start({ a: deputy("a") });
    const disposed: unknown[] = [];
    let go!: () => void;
    let entered = false;
    const waited = new Promise<void>((resolve) => (go = resolve));
    k.provide("file.open", async (_params, { handle }) => {
      entered = true;
      await waited;
      return handle("late", (file) => disposed.push(file));
    });
    await k.load({ path: "a", grants: ["call:file.*"], restart: false });
    void outcome(k.call("a.do", open));
    await eventually(() => expect(entered).toBe(true));
    adapter.opened[0]?.crash();
    await eventually(() => expect(k.list()[0]?.state).toBe("broken"));
    go();
    await eventually(() => expect(disposed).toEqual(["late"]));
  });

  it("whose disposal fails disturbs nobody, and the host's log says so", async () => {
    const { k, logs } = start({ a: deputy("a") });
    const disposed: unknown[] = [];
    k.provide("file.open", (params: number, { handle }) => handle(params, () => {
      disposed.push(params);
      if (params === 1) throw new Error("cannot close 1");
      return params === 2 ? Promise.reject(new Error("cannot close 2")) : undefined;
    }));
    await k.load({ path: "a", grants: ["call:file.*"] });
    for (const params of [1, 2, 3]) await k.call("a.do", { ...open, params });
    await k.unload("a");
    expect(disposed).toEqual([1, 2, 3]);
    await eventually(() => expect(logs.map(({ message }) => message)).toEqual([expect.stringContaining("cannot close 1"), expect.stringContaining("cannot close 2")]));
  });

  it("is one of a bounded number", async () => {
    const { k, disposed } = withFiles({ a: { hello: { methods: ["a.many"] }, async request(call, guest) { for (let i = 0; i < 1024; i++) await guest.peer.request("file.open", null, { parent: call }).result; return guest.peer.request("file.open", null, { parent: call }).result; } } });
    await k.load({ path: "a", grants: ["call:file.*"] });
    expect(await outcome(k.call("a.many"))).toBe("resource_exhausted");
    expect(disposed).toEqual([1025]);
    await k.unload("a");
    expect(disposed).toHaveLength(1025);
  });

  it("leaves nothing behind, over many instances", async () => {
    const { k, adapter, disposed } = withFiles({ a: deputy("a") });
    const alive = new Set<WeakRef<object>>();
    k.provide("big.open", (_params, { handle }) => {
      const big = { bytes: new Uint8Array(1 << 16) };
      alive.add(new WeakRef(big));
      return handle(big);
    });
    for (let i = 0; i < 50; i++) {
      await k.load({ path: "a", grants: ["call:**"] });
      await k.call("a.do", open);
      await k.call("a.do", { method: "big.open" });
      await k.unload("a");
    }
    expect(disposed).toHaveLength(50);
    adapter.opened.length = 0;
    const { gc } = globalThis as { gc?: () => void };
    if (gc === undefined) return;
    gc();
    expect([...alive].filter((ref) => ref.deref() !== undefined).length).toBeLessThan(5);
  });

  it("of the host ends with the kernel", async () => {
    const { k, disposed } = withFiles({});
    const handle = await k.call<string>("file.open");
    expect(await k.call("file.read", handle)).toBe(1);
    await k.close();
    expect(disposed).toEqual([1]);
  });
});
