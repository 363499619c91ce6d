import type { SallyportError } from "@sallyport/bus";
import { describe, expect, it } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { eventually } from "./eventually.js";
import { outcome, start } from "./kernel.js";

// C01: everything that there is, asked for by a plugin without any grant. New methods of host and kernel come under it by themselves.
describe("a plugin without a grant", () => {
  const provided = ["ledger.balance", "ledger.close", "bank.transfer", "a", "deep.er.and.deep-er", "x_y.Z-1"];
  const topics = ["ledger.posted", "secret.rotated", "a", "fx.rates.changed"];
  const asker: Script = { hello: { methods: ["asker.call", "asker.stream", "asker.publish"], events: ["**", "ledger.*", ...topics.filter((topic) => topic !== "secret.rotated")] }, event: (topic) => void heard.push(topic), request(call, guest) {
    if (call.method === "asker.publish") return guest.peer.publish(call.params as string, { x: 1 });
    const request = guest.peer.request(call.params as string, { name: "x", account: "1" }, { parent: call, stream: call.method === "asker.stream" });
    return request.result;
  } };
  let heard: string[] = [];

  it("is denied every method, in the same words as one that does not exist, and every denial is told", async () => {
    const { k, life, crossings } = start({ asker, other: { hello: { methods: ["other.one", "other.two"] }, request: () => "reached" } }, { secrets: { get: async () => ({ value: "reached", generation: "1" }) } });
    for (const method of provided) k.provide(method, () => "reached");
    await k.load({ path: "other" });
    await k.load({ path: "asker" });
    const refusal = (how: string, method: string): Promise<string> => k.call(how, method).then(() => "it was answered", ({ code, message, help, retryable, data, path }: SallyportError) =>
      JSON.stringify({ code, message, help, retryable, data, path }).replaceAll(`call:${method}`, "call:METHOD"));
    const expected = await refusal("asker.call", "no.such.method");
    expect(expected).toContain("permission_denied");
    const methods = k.api().map(({ name }) => name).filter((name) => name !== "secret.get");
    expect(methods.length).toBeGreaterThan(provided.length);
    for (const method of [...methods, "$init", "secret.nosuch"]) {
      for (const how of ["asker.call", "asker.stream"]) expect(await refusal(how, method), method).toBe(expected);
    }
    expect(await outcome(k.call("asker.call", "secret.get"))).toBe("permission_denied");
    const told = life.filter(({ event, plugin }) => event === "denied" && plugin === "asker");
    const count = told.reduce((sum, { detail }) => sum + ((detail as { count?: number } | undefined)?.count ?? 1), 0);
    const wishes = 5;
    await eventually(() => expect(k.list().find(({ name }) => name === "asker")?.stats.denied).toBe(2 * (methods.length + 2) + 2 + wishes));
    expect(count).toBeGreaterThan(10);
    expect(crossings.filter(({ plugin, direction }) => plugin === "asker" && direction === "out").every(({ outcome: code }) => code === "permission_denied")).toBe(true);
  });

  it("reaches nobody with an event, and hears none", async () => {
    heard = [];
    const reached: string[] = [];
    const { k } = start({ asker });
    k.subscribe("**", (_payload, topic) => reached.push(topic));
    await k.load({ path: "asker" });
    for (const topic of topics) await k.call("asker.publish", topic);
    await eventually(() => expect(k.list()[0]?.stats.denied).toBe(topics.length + 5));
    expect(reached).toEqual([]);
    // The host's own subscriber alone.
    for (const topic of topics) expect(k.publish(topic, 1)).toBe(1);
    expect(heard).toEqual([]);
  });
});

// C05: what looks like a granted topic and is none.
describe("topics", () => {
  it.each([
    ["subscribe:pay.*", "payments.made"], ["subscribe:pay.*", "pay"], ["subscribe:pay.*", "pay.a.b"], ["subscribe:pay", "pay.made"], ["subscribe:*", "pay.made"], ["subscribe:pay.**", "pay"], ["subscribe:**", "$reserved.x"],
  ])("%s does not hear %s", async (grant, topic) => {
    const heard: string[] = [];
    const pattern = grant.slice("subscribe:".length);
    const { k } = start({ ear: { hello: { events: [pattern] }, event: (name) => void heard.push(name) } });
    await k.load({ path: "ear", grants: [grant] });
    expect(k.list()[0]?.events).toEqual([pattern]);
    expect(k.publish(topic, 1)).toBe(0);
    expect(heard).toEqual([]);
  });

  it.each(["*", "**", "#", "pay.#", "payments.*", "pay*", "p.**", "PAY.*"])("a grant for pay.* opens no subscription to %s", async (wanted) => {
    const { k } = start({ ear: { hello: { events: [wanted] } } });
    const loaded = await outcome(k.load({ path: "ear", grants: ["subscribe:pay.*"] }));
    expect(loaded === "invalid_argument" || (loaded as { events: readonly string[] }).events.length === 0).toBe(true);
  });

  it.each(["a..b", ".a", "a.", "", "a b", "a\nb", "a.*", "**", "\u0000", "x".repeat(257), "x".repeat(1 << 20), "ä.b", "a/b"])("%j is none, for subscriptions and events", async (name) => {
    const reached: string[] = [];
    const { k } = start({ ear: { hello: { events: [name] } }, mouth: { greeted: (guest) => setTimeout(() => guest.raw({ t: "ev", m: name, p: 1 }), 5) } });
    k.subscribe("**", (_payload, topic) => reached.push(topic));
    if (!["a.*", "**"].includes(name)) expect(await outcome(k.load({ path: "ear", grants: ["subscribe:**"] }))).toBe("invalid_argument");
    await k.load({ path: "mouth", grants: ["publish:**"] });
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(reached).toEqual([]);
  });
});
