import type { Frame } from "@sallyport/bus";
import { describe, expect, it } from "vitest";
import type { Guest, Script } from "../kernel/memory-adapter.js";
import { start, turn, until, type Started } from "./start.js";

const MANY = 20_000;

/** A plugin whose frames the test writes itself. */
const raw: Script = { hello: { methods: ["raw.id", "raw.items", "raw.fail"] }, request: (call) => (call.method === "raw.fail" ? Promise.reject(Object.assign(new Error("no"), { code: "raw.made_up" })) : call.params) };

async function guestOf({ k, adapter }: Started, options: Omit<Parameters<Started["k"]["load"]>[0], "path"> = {}): Promise<Guest> {
  await k.load({ path: "raw", ...options });
  return adapter.opened.at(-1) as Guest;
}

async function flood(guest: Guest, times: number, frame: (i: number) => Frame): Promise<void> {
  for (let i = 0; i < times; i++) {
    guest.raw(frame(i));
    if (i % 500 === 499) await turn();
  }
  await turn();
}

const limits = ({ life }: Started, name: string): { count: number; used: number; allowed: number }[] =>
  life.filter(({ event, detail }) => event === "limit" && (detail as { limit: string }).limit === name).map(({ detail }) => detail as { count: number; used: number; allowed: number });
const sum = (counts: readonly { readonly count: number }[]): number => counts.reduce((total, { count }) => total + count, 0);

describe("callsPerSecond", () => {
  it("fails a call that comes too soon, and says when to come back", async () => {
    const s = start({ raw });
    s.k.provide("host.id", (params: unknown) => params);
    const guest = await guestOf(s, { grants: ["call:host.id"], limits: { callsPerSecond: 5 } });
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => guest.peer.request("host.id", i).result));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    for (const error of refused) expect(error).toMatchObject({ code: "call_rate_limit", retryable: true, data: { limit: "callsPerSecond", allowed: 5 } });
    expect(refused[0].retryAfterMs).toBeGreaterThan(0);
    expect(refused[0].retryAfterMs).toBeLessThanOrEqual(200);
    expect(limits(s, "callsPerSecond")).toHaveLength(1);
    expect(s.life.find(({ event }) => event === "limit")).toMatchObject({ plugin: "raw", reason: "call_rate_limit", detail: { limit: "callsPerSecond", allowed: 5, count: 1 } });
  });

  it("drops events that come too soon, counts each, and tells of them in a few words", async () => {
    const s = start({ raw });
    let heard = 0;
    s.k.subscribe("a.b", () => heard++);
    const guest = await guestOf(s, { grants: ["publish:a.b"], limits: { callsPerSecond: 10, events: 65_536 } });
    await flood(guest, MANY, () => ({ t: "ev", m: "a.b", p: null }));
    expect(heard).toBeGreaterThanOrEqual(10);
    expect(heard).toBeLessThan(1000);
    await s.k.unload("raw", { drainMs: 0 });
    expect(sum(limits(s, "callsPerSecond"))).toBe(MANY - heard);
    expect(limits(s, "callsPerSecond").length).toBeLessThan(20);
  });

  it("is not given anew to an instance that starts again", async () => {
    const s = start({ raw });
    s.k.provide("host.id", (params: unknown) => params);
    const guest = await guestOf(s, { grants: ["call:host.id"], limits: { callsPerSecond: 2 }, restart: { backoffMs: 1 } });
    await Promise.all([guest.peer.request("host.id", 1).result, guest.peer.request("host.id", 2).result]);
    guest.crash();
    await until(() => s.adapter.opened.length === 2 && s.k.list()[0]?.state === "ready");
    const answers = await Promise.allSettled(Array.from({ length: 4 }, () => (s.adapter.opened[1] as Guest).peer.request("host.id", 1).result));
    expect(answers.filter(({ status }) => status === "rejected").length).toBeGreaterThanOrEqual(3);
  });
});

describe("what is refused costs little to tell", () => {
  it("of calls without a grant", async () => {
    const s = start({ raw });
    const guest = await guestOf(s);
    await flood(guest, MANY, (i) => ({ t: "req", id: 2 + 2 * i, m: `made.up${i}`, p: null }));
    await s.k.unload("raw", { drainMs: 0 });
    const denied = s.life.filter(({ event }) => event === "denied");
    expect(denied[0]).toMatchObject({ reason: "call:made.up0" });
    const told = denied.reduce((total, { detail }) => total + ((detail as { count?: number } | undefined)?.count ?? 1), 0);
    expect(told).toBe(MANY);
    expect(denied.length).toBeLessThan(500);
    expect(s.crossings.length).toBeLessThan(2000);
  });

  it("of events without a grant", async () => {
    const s = start({ raw });
    const guest = await guestOf(s, { limits: { events: 65_536, logLines: 10 } });
    await flood(guest, MANY, () => ({ t: "ev", m: "made.up", p: null }));
    await s.k.unload("raw", { drainMs: 0 });
    expect(s.life.length + s.logs.length + s.crossings.length).toBeLessThan(3000);
    expect((s.life.filter(({ event }) => event === "denied")).reduce((total, { detail }) => total + ((detail as { count?: number } | undefined)?.count ?? 1), 0)).toBe(MANY);
  });

  it("of events to a plugin that takes none", async () => {
    const s = start({ raw: { ...raw, hello: { ...raw.hello, events: ["a.b"], limits: { inflight: 1, events: 1 } }, event: () => new Promise(() => {}) } });
    await guestOf(s, { grants: ["subscribe:a.b"], limits: { events: 4 } });
    for (let i = 0; i < MANY; i++) s.k.publish("a.b", i);
    const dropped = (await s.k.metrics()).plugins[0]?.dropped;
    expect(dropped).toBeGreaterThan(MANY - 10);
    await s.k.unload("raw", { drainMs: 0 });
    const told = s.life.filter(({ event }) => event === "dropped");
    expect(told.length).toBeLessThan(100);
    expect(told.reduce((total, { detail }) => total + ((detail as { count?: number }).count ?? 1), 0)).toBe(dropped);
  });
});

describe("logLines", () => {
  it("keeps so many, counts the rest, and says so once a second", async () => {
    const s = start({ raw });
    const guest = await guestOf(s, { limits: { logLines: 10 } });
    await flood(guest, MANY, (i) => ({ t: "log", lv: "info", msg: `line ${i}` }));
    const { logLines, logDropped } = (await s.k.metrics()).plugins[0] as { logLines: number; logDropped: number };
    expect(logLines + logDropped).toBe(MANY);
    expect(logLines).toBeLessThan(200);
    expect(s.logs.filter(({ from }) => from === "log")).toHaveLength(logLines);
    await s.k.unload("raw", { drainMs: 0 });
    const words = s.logs.filter(({ message }) => message.includes("were dropped"));
    expect(words.length).toBeLessThan(20);
    expect(words[0]).toMatchObject({ level: "warn", plugin: "raw", message: expect.stringMatching(/^\d+ lines of 'raw' were dropped: its limit is 10 in a second$/) });
    expect(sum(limits(s, "logLines"))).toBe(logDropped);
    expect(s.life.find(({ event }) => event === "limit")).toMatchObject({ reason: "log_limit" });
  });

  it("does not keep back what the host says of a plugin", async () => {
    const s = start({ raw });
    const guest = await guestOf(s, { limits: { logLines: 1 }, restart: false });
    await flood(guest, 50, () => ({ t: "log", lv: "info", msg: "noise" }));
    guest.raw({ t: "res", id: 2, r: 1 });
    await until(() => s.k.list()[0]?.state === "broken");
    expect(s.logs.map(({ message }) => message).join()).toContain("protocol_violation");
  });

  it("cuts a message that is longer than a person reads", async () => {
    const s = start({ raw });
    const guest = await guestOf(s);
    await flood(guest, 1, () => ({ t: "log", lv: "info", msg: "x".repeat(1 << 19) }));
    expect(s.logs.at(-1)?.message.length).toBe(8193);
  });
});

describe("streams", () => {
  const streamer: Script = { hello: { methods: [{ name: "raw.items", stream: "out" }, "raw.id"], limits: { inflight: 64 } }, request: (call) => (call.method === "raw.id" ? 1 : new Promise(() => {})) };

  it("are counted in both directions together, and each that ends makes room", async () => {
    const s = start({ raw: streamer });
    let ended = 0;
    s.k.provide("host.items", async function* () {
      yield 1;
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
      ended++;
    } as never, { });
    const guest = await guestOf(s, { grants: ["call:host.items"], limits: { streams: 3 } });
    const out = [s.k.stream("raw.items"), s.k.stream("raw.items")];
    const reading = out.map((stream) => stream.next().catch((error: unknown) => error));
    const mine = guest.peer.request("host.items", null, { stream: true });
    await expect(mine.output.next()).resolves.toMatchObject({ value: 1 });
    await expect(s.k.stream("raw.items").next()).rejects.toMatchObject({ code: "stream_limit", retryable: true, data: { limit: "streams", allowed: 3 } });
    await expect(guest.peer.request("host.items", null, { stream: true }).result).rejects.toMatchObject({ code: "stream_limit" });
    await expect(s.k.call("raw.id")).resolves.toBe(1);
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(3);
    await mine.output.next();
    await mine.result;
    await until(() => ended === 1);
    await turn();
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(2);
    guest.crash();
    for (const error of await Promise.all(reading)) expect(error).toMatchObject({ code: "plugin_crashed" });
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(0);
  });

  it("that are refused, cancelled or never begun are not counted", async () => {
    const s = start({ raw: { ...streamer, hello: { ...streamer.hello, limits: { inflight: 1 } } } });
    await guestOf(s, { limits: { streams: 8, queue: 1 } });
    const open = s.k.stream("raw.items");
    const waiting = s.k.stream("raw.items");
    const first = open.next().catch((error: unknown) => error);
    const second = waiting.next().catch((error: unknown) => error);
    await turn();
    await expect(s.k.stream("raw.items").next()).rejects.toMatchObject({ code: "busy" });
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(2);
    await waiting.return(undefined);
    expect(await second).toMatchObject({ code: "cancelled" });
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(1);
    s.adapter.opened[0]?.crash();
    await first;
    expect((await s.k.metrics()).plugins[0]?.streams).toBe(0);
  });
});

describe("subscriptions", () => {
  const events = Array.from({ length: 5 }, (_, i) => `a.b${i}`);

  it("beyond the limit in a manifest refuse the load", async () => {
    const s = start({ raw: { ...raw, manifest: { events, methods: { "raw.id": {} } } } });
    await expect(s.k.load({ path: "raw", grants: ["subscribe:a.*"], limits: { subscriptions: 4 } }))
      .rejects.toMatchObject({ code: "subscription_limit", plugin: "raw", data: { limit: "subscriptions", used: 5, allowed: 4 } });
    expect(s.k.list()).toEqual([]);
  });

  it("beyond the limit in a hello refuse the load, and nothing is left", async () => {
    const s = start({ raw: { ...raw, hello: { ...raw.hello, events } } });
    await expect(s.k.load({ path: "raw", grants: ["subscribe:a.*"], limits: { subscriptions: 4 } })).rejects.toMatchObject({ code: "subscription_limit" });
    expect(s.k.api()).toEqual([]);
    expect(s.adapter.live).toBe(0);
    await expect(s.k.load({ path: "raw", grants: ["subscribe:a.*"], limits: { subscriptions: 5 } })).resolves.toMatchObject({ events });
  });
});

describe("outgoing and queue", () => {
  it("are told when they are reached", async () => {
    const s = start({ raw: { ...raw, hello: { methods: ["raw.id"], limits: { inflight: 1 } }, request: () => new Promise(() => {}) } });
    s.k.provide("host.wait", () => new Promise(() => {}));
    const guest = await guestOf(s, { grants: ["call:host.wait"], limits: { outgoing: 2, queue: 1 } });
    const calls = Array.from({ length: 3 }, () => guest.peer.request("host.wait", null).result.catch((error: unknown) => error));
    expect(await calls[2]).toMatchObject({ code: "busy" });
    for (let i = 0; i < 2; i++) s.k.call("raw.id").catch(() => undefined);
    await expect(s.k.call("raw.id")).rejects.toMatchObject({ code: "busy" });
    expect(s.life.filter(({ event }) => event === "limit").map(({ reason, detail }) => [reason, (detail as { limit: string }).limit])).toEqual([["busy", "outgoing"], ["busy", "queue"]]);
  });
});
