import type { SallyportError } from "@sallyport/bus";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { startScripts, virtualTime } from "./start.js";

const stillborn: Script = { manifest: { methods: { "fx.x": {} } }, hello: { methods: ["fx.x"] }, greeted: (guest) => guest.crash({ exitCode: 3, stderrTail: ["no"] }) };

describe("a plugin that ends at once", () => {
  it("a thousand times over, whoever calls it, is started a few times with growing waits and then put into quarantine", async () => {
    virtualTime();
    const { k, life, adapter } = startScripts({ fx: stillborn });
    await k.load({ path: "fx", start: "lazy" });
    const codes = new Map<string, number>();
    for (let call = 0; call < 1000; call++) {
      const outcome = k.call("fx.x", null, { timeoutMs: 500 }).then(() => "ok", (error: SallyportError) => error.code);
      await vi.advanceTimersByTimeAsync(600);
      const code = await outcome;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(adapter.opened.length).toBeLessThan(12);
    expect([...codes.values()].reduce((sum, n) => sum + n, 0)).toBe(1000);
    expect([...codes.keys()].sort()).not.toContain("ok");
    expect(codes.get("quarantined")).toBeGreaterThan(800);
    expect(k.list()[0]?.state).toBe("quarantined");
    expect(life.filter(({ event }) => event === "breaker_open")).toHaveLength(3);
    expect(life.at(-1)).toMatchObject({ event: "quarantined", plugin: "fx", reason: "plugin_crashed", detail: { openings: 3 } });
    await expect(k.call("fx.x")).rejects.toMatchObject({ code: "quarantined", plugin: "fx", retryable: false, help: expect.stringContaining("release") as unknown, data: { reason: "plugin_crashed", openings: 3 } });
  });

  it("waits ever longer, never the same for all", async () => {
    virtualTime();
    const random = vi.spyOn(Math, "random").mockReturnValue(1);
    onTestFinished(() => random.mockRestore());
    const { k, adapter } = startScripts({ fx: stillborn });
    const at: number[] = [];
    const { open } = adapter;
    Object.assign(adapter, { open: (...args: Parameters<typeof open>) => (at.push(performance.now()), open.apply(adapter, args)) });
    await k.load({ path: "fx", start: "lazy", restart: { backoffMs: 100, maxBackoffMs: 300, crashes: 6 } });
    void k.call("fx.x").catch(() => undefined);
    await vi.advanceTimersByTimeAsync(5000);
    const waits = at.slice(1).map((ms, i) => Math.round(ms - (at[i] as number)));
    expect(waits).toEqual([125, 250, 375, 375, 375]);
  });
});

describe("a quarantine", () => {
  it("ends by release, and starts counting from nothing", async () => {
    virtualTime();
    let broken = true;
    const { k, life } = startScripts({ fx: { ...stillborn, greeted: (guest) => broken && guest.crash(), request: () => "well" } });
    await k.load({ path: "fx", start: "lazy", restart: { backoffMs: 1, crashes: 2, cooldownMs: 10, quarantineAfter: 2 } });
    for (let i = 0; i < 5; i++) {
      void k.call("fx.x", null, { timeoutMs: 100 }).catch(() => undefined);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(k.list()[0]?.state).toBe("quarantined");
    expect(() => k.release("nobody")).toThrow(expect.objectContaining({ code: "not_found" }));
    broken = false;
    k.release("fx");
    await expect(k.call("fx.x")).resolves.toBe("well");
    expect(life.map(({ event }) => event)).toContain("released");
    k.release("fx");
    expect(k.list()[0]?.state).toBe("ready");
    await vi.advanceTimersByTimeAsync(1000);
  });

  it("is not for one that fails now and then: an instance that lived for the whole window clears the count", async () => {
    virtualTime();
    const { k, adapter, life } = startScripts({ fx: { hello: { methods: ["fx.x"] }, request: () => 1 } });
    await k.load({ path: "fx", restart: { backoffMs: 1, crashes: 2, windowMs: 1000, cooldownMs: 10, quarantineAfter: 2 } });
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 2; i++) {
        adapter.opened.at(-1)?.crash();
        await vi.advanceTimersByTimeAsync(20);
        await k.call("fx.x", null, { timeoutMs: 5 }).catch(() => undefined);
        await vi.advanceTimersByTimeAsync(20);
      }
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(life.filter(({ event }) => event === "breaker_open").length).toBeGreaterThan(2);
    expect(k.list()[0]?.state).toBe("ready");
  });
});

describe("two hundred plugins that crash together", () => {
  it("come back some at a time, in the order in which they asked, and none is forgotten", async () => {
    virtualTime();
    const scripts = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, { hello: { methods: [`p${i}.x`] }, request: () => i } satisfies Script]));
    const { k, adapter } = startScripts(scripts, { startsPerSecond: 10 });
    for (const path of Object.keys(scripts)) await k.load({ path });
    // The host's own loads do not wait.
    expect(adapter.opened).toHaveLength(200);
    for (const guest of adapter.opened.slice()) guest.crash();
    const before = adapter.opened.length;
    await vi.advanceTimersByTimeAsync(1150);
    const afterOneSecond = adapter.opened.length - before;
    expect(afterOneSecond).toBeGreaterThanOrEqual(19);
    expect(afterOneSecond).toBeLessThanOrEqual(22);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(adapter.live).toBe(200);
    await expect(Promise.all(Object.keys(scripts).map((name) => k.call(`${name}.x`)))).resolves.toHaveLength(200);
  });

  it("and are unloaded while they wait leave nothing waiting", async () => {
    virtualTime();
    const { k, adapter } = startScripts({ a: stillbornAs("a"), b: stillbornAs("b") }, { startsPerSecond: 1 });
    await k.load({ path: "a", start: "lazy" });
    await k.load({ path: "b", start: "lazy" });
    const calls = ["a.x", "b.x"].map((method) => k.call(method).catch((error: SallyportError) => error.code));
    await vi.advanceTimersByTimeAsync(200);
    const unloading = Promise.all([k.unload("a", { drainMs: 0 }), k.unload("b", { drainMs: 0 })]);
    await vi.advanceTimersByTimeAsync(10_000);
    await unloading;
    expect(await Promise.all(calls)).toHaveLength(2);
    expect(adapter.live).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function stillbornAs(name: string): Script {
  return { ...stillborn, manifest: { methods: { [`${name}.x`]: {} } }, hello: { methods: [`${name}.x`] } };
}
