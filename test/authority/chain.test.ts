import { describe, expect, it } from "vitest";
import type { HostContext } from "@sallyport/kernel";
import { eventually } from "./eventually.js";
import { deputy, outcome, start } from "./kernel.js";

describe("a call on behalf of others (C03)", () => {
  async function banked(aGrants: readonly string[], bGrants: Parameters<ReturnType<typeof start>["k"]["load"]>[0]["grants"]): Promise<ReturnType<typeof start> & { origins: (readonly string[])[] }> {
    const started = start({ a: deputy("a"), b: deputy("b") });
    const origins: (readonly string[])[] = [];
    started.k.provide("bank.pay", (_params, context: HostContext) => {
      origins.push(context.origin);
      return "paid";
    });
    await started.k.load({ path: "a", grants: aGrants });
    await started.k.load({ path: "b", grants: bGrants ?? [] });
    return { ...started, origins };
  }
  const throughB = { method: "b.do", params: { method: "bank.pay" } };

  it("needs the grant of everybody in the chain", async () => {
    const { k, origins, life } = await banked(["call:b.do"], ["call:bank.pay"]);
    expect(await outcome(k.call("a.do", throughB))).toBe("permission_denied");
    expect(await outcome(k.call("b.do", { method: "bank.pay" }))).toBe("paid");
    expect(origins).toEqual([["host", "b"]]);
    expect(life).toContainEqual(expect.objectContaining({ plugin: "b", event: "denied", reason: "call:bank.pay", detail: { missing: "a", origin: ["host", "a", "b"] } }));
  });

  it("is made where everybody has it, and the host method knows the chain", async () => {
    const { k, origins, crossings } = await banked(["call:b.do", "call:bank.*"], ["call:bank.pay"]);
    expect(await outcome(k.call("a.do", throughB))).toBe("paid");
    expect(origins).toEqual([["host", "a", "b"]]);
    expect(crossings.map(({ direction, plugin, name, origin }) => [direction, plugin, name, origin?.join(" ")])).toEqual([
      ["out", "b", "bank.pay", "host a b"], ["in", "b", "b.do", "host a"], ["out", "a", "b.do", "host a"], ["in", "a", "a.do", "host"],
    ]);
  });

  it("is made where the one that makes it may do so for others", async () => {
    const { k, origins } = await banked(["call:b.do"], [{ call: "bank.pay", delegate: true }]);
    expect(await outcome(k.call("a.do", throughB))).toBe("paid");
    expect(origins).toEqual([["host", "a", "b"]]);
  });

  it("keeps the conditions of each", async () => {
    const { k } = start({ a: deputy("a"), b: deputy("b") });
    k.provide("bank.pay", () => "paid");
    await k.load({ path: "a", grants: ["call:b.do", { call: "bank.pay", where: { account: "1" } }] });
    await k.load({ path: "b", grants: [{ call: "bank.pay", where: { account: ["1", "2"] } }] });
    const pay = (account: string): Promise<unknown> => outcome(k.call("a.do", { method: "b.do", params: { method: "bank.pay", params: { account } } }));
    expect([await pay("1"), await pay("2"), await pay("3")]).toEqual(["paid", "permission_denied", "permission_denied"]);
  });

  it("of a deputy that hides whom it serves is its own, with its own name", async () => {
    const { k, origins } = await banked(["call:b.do"], ["call:bank.pay"]);
    expect(await outcome(k.call("a.do", { method: "b.do", params: { method: "bank.pay", own: true } }))).toBe("paid");
    expect(origins).toEqual([["b"]]);
  });

  it("that is not open is not made: neither a made-up one, nor one that was answered before", async () => {
    const paid: unknown[] = [];
    const { k, crossings } = start({
      a: deputy("a"),
      b: { hello: { methods: ["b.do"] }, request: (call, guest) => {
        guest.raw({ t: "req", id: 2, m: "bank.pay", p: "made up", par: 999 });
        // Work that goes on after the answer: by then nobody would be left in the chain but the deputy.
        setTimeout(() => guest.raw({ t: "req", id: 4, m: "bank.pay", p: "afterwards", par: call.id }), 10);
        return null;
      } },
    });
    k.provide("bank.pay", (params) => paid.push(params));
    await k.load({ path: "a", grants: ["call:b.do"] });
    await k.load({ path: "b", grants: ["call:bank.pay"] });
    await k.call("a.do", { method: "b.do" });
    await eventually(() => expect(crossings.filter(({ name }) => name === "bank.pay").map(({ outcome: code }) => code)).toEqual(["cancelled", "cancelled"]));
    expect(paid).toEqual([]);
  });

  it("of a start is the plugin's own", async () => {
    const origins: (readonly string[])[] = [];
    const { k } = start({ a: { hello: { features: ["hostcall", "init"], methods: ["a.x"] }, request: (call, guest) => (call.method === "$init" ? guest.peer.request("host.who", null, { parent: call }).result : null) } });
    k.provide("host.who", (_params, { origin }) => void origins.push(origin));
    await k.load({ path: "a", grants: ["call:host.who"] });
    expect(origins).toEqual([["a"]]);
  });

  it("goes through three, and one that delegates in the middle speaks for its own call only", async () => {
    const { k } = start({ a: deputy("a"), b: deputy("b"), c: deputy("c") });
    k.provide("bank.pay", () => "paid");
    const through = { method: "b.do", params: { method: "c.do", params: { method: "bank.pay" } } };
    await k.load({ path: "a", grants: ["call:b.do"] });
    await k.load({ path: "b", grants: [{ call: "c.do", delegate: true }, "call:bank.pay"] });
    await k.load({ path: "c", grants: ["call:bank.pay"] });
    expect(await outcome(k.call("a.do", through))).toBe("permission_denied");
    k.revoke("c", ["call:bank.pay"]);
    k.grant("c", [{ call: "bank.pay", delegate: true }]);
    expect(await outcome(k.call("a.do", through))).toBe("paid");
  });

  it("leaves the host's own calls alone: the host may do everything", async () => {
    const origins: (readonly string[])[] = [];
    const { k } = start({});
    k.provide("host.who", (_params, { origin, instance }) => origins.push([...origin, instance]));
    await k.call("host.who");
    expect(origins).toEqual([["host", "host"]]);
  });
});

describe("who a plugin is (C02)", () => {
  const claims = { from: "host", src: "host", plugin: "host", principal: "host", caller: "host", origin: ["host"], instance: "host" };

  it("is not in anything that it writes, into the envelope or the payload", async () => {
    const seen: unknown[] = [];
    const { k, crossings } = start({
      a: { hello: { methods: ["a.do"], ...claims }, request: (_call, guest) => { guest.raw({ t: "req", id: 2, m: "bank.pay", p: claims, ...claims, meta: { ...claims, tenant: "host" } } as never); return null; } },
    });
    k.provide("bank.pay", (_params, { caller, origin, instance, meta }) => seen.push({ caller, origin, instance: instance.slice(0, 2), meta }));
    await k.load({ path: "a", grants: ["call:bank.pay"] });
    await k.call("a.do");
    expect(seen).toEqual([{ caller: "a", origin: ["a"], instance: "a#", meta: {} }]);
    expect(crossings.filter(({ name }) => name === "bank.pay")).toMatchObject([{ plugin: "a", caller: "a", origin: ["a"] }]);
  });

  it("does not open what it has no grant for", async () => {
    const { k } = start({ a: { hello: { methods: ["a.do"] }, request: (call, guest) => guest.peer.request("bank.pay", claims, { parent: call, meta: claims as never }).result } });
    k.provide("bank.pay", () => "paid");
    await k.load({ path: "a" });
    expect(await outcome(k.call("a.do"))).toBe("permission_denied");
  });
});
