import type { CallOptions, Kernel } from "@sallyport/kernel";
import { describe, expect, it } from "vitest";
import { start, turn, until } from "./start.js";

/** A plugin that takes one call at a time and notes their order; `serve` lets one through. */
async function oneByOne(queue = 1000): Promise<{ k: Kernel; served: string[]; call(who: string, options?: CallOptions): void; serve(times: number): Promise<void> }> {
  const served: string[] = [];
  const open: (() => void)[] = [];
  const { k } = start({
    slow: {
      hello: { methods: ["slow.go"], limits: { inflight: 1 } },
      request(call) {
        served.push(String(call.params));
        return new Promise<void>((resolve) => open.push(resolve));
      },
    },
  });
  await k.load({ path: "slow", limits: { queue } });
  return {
    k, served,
    call: (who, options) => void k.call("slow.go", who, options).catch(() => undefined),
    async serve(times) {
      for (let i = 0; i < times; i++) {
        await until(() => open.length > 0);
        open.shift()?.();
      }
      await turn();
    },
  };
}

describe("a plugin that is full", () => {
  it("serves tenants in turns: the flood of one delays another by one call", async () => {
    const { served, call, serve } = await oneByOne();
    for (let i = 0; i < 500; i++) call("flood", { meta: { tenant: "loud" } });
    for (let i = 0; i < 5; i++) call("quiet", { meta: { tenant: "quiet" } });
    await serve(12);
    expect(served.slice(0, 12).filter((who) => who === "quiet")).toHaveLength(5);
  });

  it("lets priorities in by weight, and starves none", async () => {
    const { served, call, serve } = await oneByOne();
    for (const priority of ["low", "normal", "high"] as const) for (let i = 0; i < 200; i++) call(priority, { priority });
    await serve(106);
    // The first call found the plugin free.
    const count = (who: string): number => served.slice(1, 106).filter((each) => each === who).length;
    expect([count("high"), count("normal"), count("low")]).toEqual([80, 20, 5]);
  });

  it("gives a class that comes back no turns for the time in which it asked for none", async () => {
    const { served, call, serve } = await oneByOne();
    for (let i = 0; i < 100; i++) call("high", { priority: "high" });
    await serve(50);
    for (let i = 0; i < 100; i++) call("low", { priority: "low" });
    const before = served.length;
    await serve(17);
    expect(served.slice(before, before + 17).filter((who) => who === "low").length).toBeLessThanOrEqual(2);
  });

  it("answers busy to the line that is full, and takes calls of others", async () => {
    const { k, call } = await oneByOne(3);
    for (let i = 0; i < 4; i++) call("loud", { meta: { tenant: "loud" } });
    await expect(k.call("slow.go", "loud", { meta: { tenant: "loud" } })).rejects.toMatchObject({ code: "busy" });
    call("quiet", { meta: { tenant: "quiet" } });
    expect(k.list()[0]?.stats.queued).toBe(4);
  });

  it("opens no line more for the next of tenants without number, but one for a caller without", async () => {
    const { k, call } = await oneByOne();
    for (let i = 0; i < 4097; i++) call("many", { meta: { tenant: `t${i}` } });
    await expect(k.call("slow.go", "one too many", { meta: { tenant: "new" } })).rejects.toMatchObject({ code: "busy" });
    call("no tenant");
    call("known tenant", { meta: { tenant: "t9" } });
    expect(k.list()[0]?.stats.queued).toBe(4098);
  });

  it("forgets a call that is cancelled while it waits, whatever its line", async () => {
    const { k, call, serve, served } = await oneByOne();
    call("first");
    const gone = new AbortController();
    const waiting = k.call("slow.go", "gone", { priority: "high", meta: { tenant: "t" }, signal: gone.signal });
    call("second");
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    await serve(2);
    expect(served).toEqual(["first", "second"]);
    expect(k.list()[0]?.stats).toMatchObject({ queued: 0, inFlight: 0 });
  });

  it("refuses a priority that does not exist", async () => {
    const { k } = await oneByOne();
    await expect(k.call("slow.go", null, { priority: "urgent" as never })).rejects.toMatchObject({ code: "invalid_argument", path: "priority" });
  });
});

describe("calls that a plugin makes", () => {
  it("wait with the tenant and the priority of the call that they serve, whatever the plugin writes", async () => {
    const served: string[] = [];
    const open: (() => void)[] = [];
    const { k } = start({
      slow: {
        hello: { methods: ["slow.go"], limits: { inflight: 1 } },
        request(call) {
          served.push(`${String(call.params)} ${String(call.meta.tenant)}`);
          return new Promise<void>((resolve) => open.push(resolve));
        },
      },
      relay: {
        hello: { methods: ["relay.go"], limits: { inflight: 64 } },
        request: (call, guest) => guest.peer.request("slow.go", call.params, { parent: call, meta: { tenant: "forged" } }).result,
      },
    });
    await k.load({ path: "slow" });
    await k.load({ path: "relay", grants: ["call:slow.go"] });
    const go = (who: string, options: CallOptions): void => void k.call("relay.go", who, options).catch(() => undefined);
    for (let i = 0; i < 30; i++) go("loud", { meta: { tenant: "loud" } });
    await until(() => k.list()[0]?.stats.queued === 29);
    go("quiet", { meta: { tenant: "quiet" } });
    go("urgent", { priority: "high", meta: { tenant: "loud" } });
    await until(() => k.list()[0]?.stats.queued === 31);
    for (let i = 0; i < 4; i++) {
      await until(() => open.length > 0);
      open.shift()?.();
    }
    await until(() => served.length >= 4);
    expect(served.slice(0, 4)).toContain("quiet quiet");
    expect(served.slice(0, 4)).toContain("urgent loud");
    expect(served.join()).not.toContain("forged");
  });
});
