import { describe, expect, it } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { eventually } from "./eventually.js";
import { codeOf, deputy, outcome, start } from "./kernel.js";

describe("a grant that is taken away", () => {
  it("closes what it opened, at once, and its return opens it again", async () => {
    const { k, life } = start({ a: deputy("a") });
    k.provide("bank.pay", () => "paid");
    await k.load({ path: "a", grants: ["call:bank.pay"] });
    expect(await outcome(k.call("a.do", { method: "bank.pay" }))).toBe("paid");
    expect(k.revoke("a", ["call:bank.pay"]).grants).toEqual([]);
    expect(await outcome(k.call("a.do", { method: "bank.pay" }))).toBe("permission_denied");
    expect(k.grant("a", ["call:bank.pay"]).grants).toEqual(["call:bank.pay"]);
    expect(await outcome(k.call("a.do", { method: "bank.pay" }))).toBe("paid");
    expect(life.filter(({ event }) => event === "revoked" || event === "granted").map(({ event, reason }) => [event, reason])).toEqual([["revoked", "call:bank.pay"], ["granted", "call:bank.pay"]]);
  });

  it("ends calls under way, once, and frees what they held", async () => {
    const ended: string[] = [];
    const { k } = start({ a: deputy("a"), fx: { hello: { methods: ["fx.slow"] }, request: (call) => new Promise((_resolve, reject) => call.signal.addEventListener("abort", () => { ended.push("fx"); reject(call.signal.reason); })) } });
    k.provide("host.slow", (_params, { signal }) => new Promise(() => signal.addEventListener("abort", () => ended.push("host"))));
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.slow", "call:host.slow"] });
    const calls = ["fx.slow", "host.slow"].map((method) => outcome(k.call("a.do", { method })));
    await eventually(() => expect(k.list().map(({ stats }) => stats.inFlight)).toEqual([1, 2]));
    k.revoke("a", ["call:**"]);
    expect(await Promise.all(calls)).toEqual(["permission_denied", "permission_denied"]);
    await eventually(() => expect(ended.toSorted()).toEqual(["fx", "host"]));
    await eventually(() => expect(k.list().map(({ stats }) => stats.inFlight)).toEqual([0, 0]));
  });

  it("ends a call that still waits for a place", async () => {
    const { k } = start({ a: deputy("a"), fx: { hello: { methods: ["fx.slow"], limits: { inflight: 1 } }, request: () => new Promise(() => {}) } });
    await k.load({ path: "fx", restart: false });
    await k.load({ path: "a", grants: ["call:fx.slow"] });
    void outcome(k.call("fx.slow"));
    const waiting = outcome(k.call("a.do", { method: "fx.slow" }));
    await eventually(() => expect(k.list()[0]?.stats.queued).toBe(1));
    k.revoke("a", ["call:fx.slow"]);
    expect(await waiting).toBe("permission_denied");
    expect(k.list()[0]?.stats.queued).toBe(0);
  });

  it("ends a stream in the middle (C08)", async () => {
    const reader: Script = {
      hello: { methods: ["a.read"] },
      async request(_call, guest) {
        const items: unknown[] = [];
        const call = guest.peer.request("host.ticks", null, { stream: true });
        call.result.catch(() => undefined);
        try {
          for await (const item of call.output) items.push(item);
        } catch (error) {
          return { items, code: codeOf(error) };
        }
        return items;
      },
    };
    let left = false;
    const { k } = start({ a: reader });
    k.provide("host.ticks", async function* () {
      try {
        for (let i = 0; ; i++) {
          yield i;
          if (i === 2) k.revoke("a", ["call:host.ticks"]);
        }
      } finally {
        left = true;
      }
    });
    await k.load({ path: "a", grants: ["call:host.ticks"] });
    const result = (await k.call("a.read")) as { items: number[]; code: string };
    expect(result.code).toBe("permission_denied");
    expect(result.items.length).toBeLessThanOrEqual(3);
    await eventually(() => expect(left).toBe(true));
  });

  it("ends what others do on its behalf, and leaves alone what they do for somebody else", async () => {
    const { k } = start({ a: deputy("a"), b: deputy("b") });
    const release: (() => void)[] = [];
    k.provide("host.slow", () => new Promise((resolve) => release.push(() => resolve("done"))));
    await k.load({ path: "a", grants: ["call:b.do", "call:host.slow"] });
    await k.load({ path: "b", grants: ["call:host.slow"] });
    const forA = outcome(k.call("a.do", { method: "b.do", params: { method: "host.slow" } }));
    const forHost = outcome(k.call("b.do", { method: "host.slow" }));
    await eventually(() => expect(release).toHaveLength(2));
    k.revoke("a", ["call:host.slow"]);
    expect(await forA).toBe("permission_denied");
    for (const go of release) go();
    expect(await forHost).toBe("done");
  });

  it("ends subscriptions, and events that wait are not delivered (C08)", async () => {
    const heard: unknown[] = [];
    const { k } = start({ a: { hello: { events: ["ledger.*"], limits: { inflight: 8, events: 1 } }, event: (topic, payload) => { heard.push([topic, payload]); return new Promise(() => {}); } } });
    await k.load({ path: "a", grants: ["subscribe:ledger.*"] });
    expect([1, 2, 3].map((n) => k.publish("ledger.posted", n))).toEqual([1, 1, 1]);
    await eventually(() => expect(heard).toHaveLength(1));
    k.revoke("a", ["subscribe:ledger.*"]);
    expect(k.publish("ledger.posted", 4)).toBe(0);
    expect(k.list()[0]).toMatchObject({ events: [], grants: [] });
    k.grant("a", ["subscribe:ledger.*"]);
    expect(k.list()[0]?.events).toEqual(["ledger.*"]);
    // There is no credit: what is heard after all this would have waited since before.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual([["ledger.posted", 1]]);
  });

  it("stays taken when the plugin starts again, which is told", async () => {
    const { k, adapter } = start({ a: deputy("a") });
    await k.load({ path: "a", grants: ["call:x", "call:y"], restart: { backoffMs: 1 } });
    k.revoke("a", ["call:x"]);
    k.grant("a", ["call:z"]);
    adapter.opened[0]?.crash();
    await eventually(() => expect(adapter.opened[1]?.host?.grants).toEqual(["call:y", "call:z"]));
    expect(k.list()[0]?.grants).toEqual(["call:y", "call:z"]);
  });

  it("is refused for the calls of a start that is under way", async () => {
    let asked: unknown;
    const { k } = start({ a: { hello: { features: ["hostcall", "init", "cancel"], methods: ["a.x"] }, async request(call, guest) { if (call.method === "$init") asked = await outcome(guest.peer.request("host.slow", null).result); return null; } } });
    k.provide("host.slow", () => new Promise(() => {}));
    const loading = k.load({ path: "a", grants: ["call:host.slow"] });
    await eventually(() => expect(k.list()[0]?.state).toBe("starting"));
    await new Promise((resolve) => setTimeout(resolve, 10));
    k.revoke("a", ["call:host.slow"]);
    await loading;
    expect(asked).toBe("permission_denied");
  });
});

describe("revoking", () => {
  it.each([
    ["call:bank.**", ["call:bank.pay", "call:bank.x.y"], []],
    ["call:bank.*", ["call:bank.pay", "call:other.pay", "publish:bank.pay"], ["call:other.pay", "publish:bank.pay"]],
    ["call:bank.pay", ["call:bank.pay where {\"account\":\"1\"}", "call:bank.pay delegate"], []],
    ["call:bank.pay where {\"account\":[\"1\",\"2\"]}", ["call:bank.pay where {\"account\":\"1\"}", "call:bank.pay where {\"account\":\"3\"}"], ["call:bank.pay where {\"account\":\"3\"}"]],
    ["call:nothing", ["call:bank.pay"], ["call:bank.pay"]],
  ])("%s takes all that lies within it", async (revoked, held, left) => {
    const { k } = start({ a: deputy("a") });
    await k.load({ path: "a", grants: held });
    expect(k.revoke("a", [revoked]).grants).toEqual(left);
  });

  it.each([
    ["call:bank.pay", "call:bank.*"], ["call:bank.pay", "call:**"], ["call:a.*.c", "call:a.b.**"], ["call:bank.pay where {\"account\":\"1\"}", "call:bank.pay"],
    ["call:bank.pay where {\"account\":\"1\"}", "call:bank.pay where {\"account\":[\"1\",\"2\"]}"], ["call:bank.pay where {\"account\":\"1\"}", "call:bank.* where {\"amount\":1}"],
  ])("%s says so where %s reaches further, and takes nothing", async (revoked, held) => {
    const { k } = start({ a: deputy("a") });
    await k.load({ path: "a", grants: [held, "call:bank.other.thing"] });
    const before = k.list()[0]?.grants;
    expect(() => k.revoke("a", [revoked])).toThrow(expect.objectContaining({ code: "failed_precondition", message: expect.stringContaining(held) as string }) as Error);
    expect(k.list()[0]?.grants).toEqual(before);
  });

  it("or granting says what is wrong with it", async () => {
    const { k } = start({ a: deputy("a") });
    await k.load({ path: "a" });
    expect(() => k.grant("b", ["call:x"])).toThrow(expect.objectContaining({ code: "not_found" }) as Error);
    expect(() => k.grant("a", ["call:x", "call:"])).toThrow(expect.objectContaining({ code: "invalid_argument", path: "grants[1]" }) as Error);
    expect(k.list()[0]?.grants).toEqual([]);
  });

  it("a plugin that is being unloaded is refused", async () => {
    const { k } = start({ a: deputy("a") });
    await k.load({ path: "a" });
    const leaving = k.unload("a");
    expect(() => k.grant("a", ["subscribe:x"])).toThrow(expect.objectContaining({ code: "not_found" }) as Error);
    await leaving;
  });
});
