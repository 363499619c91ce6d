import { SallyportError } from "@sallyport/bus";
import { describe, expect, it } from "vitest";
import { bridged } from "./host.js";

describe("what a plugin behind a bridge gives", () => {
  it.each([
    ["an empty topic", ""],
    ["a topic that is too long", "x".repeat(300)],
    ["a topic that is no text", 7],
  ])("may name %s: that is its own mistake, and the next call is answered", async (_what, topic) => {
    const { kernel } = await bridged({
      methods: {
        "fx.emit": (_params, { publish }) => publish(topic as string, 1),
        "fx.echo": (params) => params,
      },
    });
    await kernel.call("fx.emit", null).catch(() => undefined);
    expect(await kernel.call("fx.echo", { a: [1, "x"] }, { timeoutMs: 5000 })).toEqual({ a: [1, "x"] });
    expect(await kernel.call("fx.echo", { a: [2, "y"] }, { timeoutMs: 5000 })).toEqual({ a: [2, "y"] });
  });

  it.each([
    ["a function", () => 1],
    ["a number that is none", Number.NaN],
    ["a circle", Object.assign([] as unknown[], { 0: null })],
    ["what is larger than a frame", "x".repeat(2 << 20)],
    ["more items than a frame may have", Array.from({ length: 200 }, () => 0)],
  ])("may be %s: the call fails, and the next one is answered", async (what, result) => {
    if (what === "a circle") (result as unknown[])[0] = result;
    const { kernel } = await bridged({ methods: { "fx.give": () => result, "fx.echo": (params) => params } }, {}, { frameItems: 100 });
    await expect(kernel.call("fx.give", null, { timeoutMs: 5000 })).rejects.toMatchObject({ code: expect.stringMatching(/internal|bad_value|resource_exhausted|frame_too_(large|complex)/) as string });
    expect(await kernel.call("fx.echo", { a: 1 }, { timeoutMs: 5000 })).toEqual({ a: 1 });
  });

  it("is a copy: what it changes later reaches nobody, and what it gets is its own", async () => {
    const kept = { list: [1] };
    const { kernel } = await bridged({ methods: { "fx.give": () => kept, "fx.take": (params: { list: number[] }) => void params.list.push(9) } });
    const given = await kernel.call("fx.give", null);
    kept.list.push(2);
    expect(given).toEqual({ list: [1] });
    const mine = { list: [1] };
    await kernel.call("fx.take", mine);
    expect(mine).toEqual({ list: [1] });
  });

  it("may send from inside of what it gives", async () => {
    const { kernel } = await bridged({
      methods: {
        "fx.give": (_params, { log }) => ({ get a() { log.info("from a getter"); return 1; } }),
        "fx.echo": (params) => params,
      },
    });
    await kernel.call("fx.give", null, { timeoutMs: 5000 }).catch(() => undefined);
    for (let i = 0; i < 3; i++) expect(await kernel.call("fx.echo", { a: { b: i } }, { timeoutMs: 5000 })).toEqual({ a: { b: i } });
  });
});

describe("the end", () => {
  const waiting = { "fx.wait": (_params: unknown, { signal }: { signal: { addEventListener(name: "abort", run: () => void): void } }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new SallyportError("cancelled", "cut short")))), "fx.echo": (params: unknown) => params };

  it("that comes from behind fails the open calls with its error, and the next call has a fresh instance", async () => {
    let released = 0;
    const { kernel, bridge } = await bridged({ methods: waiting as never }, { release: () => void released++ as never });
    const call = kernel.call("fx.wait", null, { timeoutMs: 5000 });
    await kernel.call("fx.echo", 1);
    const first = bridge();
    first.fail({ instance: "fx#1", error: new SallyportError("unavailable", "the service went away").toJSON() });
    await expect(call).rejects.toMatchObject({ code: "unavailable" });
    await first.exited;
    first.fail({ instance: "fx#1", exitCode: 3 });
    expect(await first.exited).toMatchObject({ error: { code: "unavailable" } });
    expect(released).toBe(1);
    expect(await kernel.call("fx.echo", 2, { timeoutMs: 5000 })).toBe(2);
  });

  it("comes also when the release fails", async () => {
    const { kernel, bridge } = await bridged({ methods: waiting as never }, { release: () => Promise.reject(new Error("not now")) });
    await kernel.call("fx.echo", 1);
    const first = bridge();
    await kernel.unload("fx");
    expect(await first.exited).toMatchObject({ exitCode: 0 });
  });

  it("drops what comes after it", async () => {
    const { kernel, bridge } = await bridged({ methods: waiting as never });
    await kernel.call("fx.echo", 1);
    const first = bridge();
    await kernel.unload("fx");
    expect(() => first.send({ t: "ping", n: 1 })).not.toThrow();
    expect(() => first.end()).not.toThrow();
    expect(await first.kill()).toMatchObject({ exitCode: 0 });
  });
});
