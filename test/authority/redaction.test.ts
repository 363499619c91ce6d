import { SallyportError } from "@sallyport/bus";
import { describe, expect, it } from "vitest";
import { eventually } from "./eventually.js";
import { deputy, start } from "./kernel.js";

const CANARY = "canary/5f9c+\"hunter\" 2";
const FORMS: readonly [string, string][] = [
  ["as it is", CANARY], ["in JSON", JSON.stringify({ a: CANARY })], ["in a URL", `https://x/?t=${encodeURIComponent(CANARY)}`], ["in a form", encodeURIComponent(CANARY).replaceAll("%20", "+")],
  ["in hex", Buffer.from(CANARY).toString("hex")], ["in HEX", Buffer.from(CANARY).toString("hex").toUpperCase()],
  ...["", "u", "us", "user:"].flatMap((before): [string, string][] => [[`in base64 behind '${before}'`, Buffer.from(`${before}${CANARY}!`).toString("base64")], [`in base64url behind '${before}'`, Buffer.from(`${before}${CANARY}!`).toString("base64url")]]),
];
const inner = [CANARY, "5f9c", "hunter", encodeURIComponent(CANARY), Buffer.from(CANARY).toString("hex").slice(8, 24), Buffer.from("canary/5f9c").toString("base64").slice(2, 12)];
const leaks = (value: unknown): readonly string[] => {
  const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Error ? { ...item, message: item.message, stack: item.stack, cause: item.cause } : item)) ?? "";
  return inner.filter((part) => text.includes(part) || text.includes(JSON.stringify(part).slice(1, -1)));
};

describe("a secret that a plugin got in its config", () => {
  const config = { bank: { apiToken: CANARY, deep: { keys: [{ main: "another-canary-77" }] } }, table: "not-a-secret-at-all" };

  it.each(FORMS)("is taken out of errors, %s", async (_name, form) => {
    const { k } = start({ a: { hello: { methods: ["a.x"] }, request() { throw new SallyportError("a.odd", `failed with ${form}`, { data: { deep: [form, { [form]: 1 }] }, help: form, path: `params.${form}`, cause: new Error(`because ${form}`) }); } } });
    await k.load({ path: "a", config });
    const error = await k.call("a.x").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "a.odd", message: expect.stringContaining("[redacted]") as string });
    expect(leaks(error)).toEqual([]);
  });

  it("is taken out of logs, crash reports and what is told of a life", async () => {
    const { k, logs, life, crossings } = start({
      a: {
        hello: { methods: ["a.log", "a.die", "a.ask"] },
        request(call, guest) {
          if (call.method === "a.log") guest.raw({ t: "log", lv: "info", msg: `using ${CANARY}`, f: { token: CANARY, nested: ["another-canary-77"] } });
          if (call.method === "a.ask") return guest.peer.request("another-canary-77", { CANARY }, { parent: call, meta: { traceparent: CANARY } }).result;
          if (call.method === "a.die") guest.crash({ exitCode: 1, stderrTail: [`GET https://${CANARY}@bank`, CANARY.slice(0, 12), `${CANARY.slice(9)} is all`] });
          return call.method === "a.log" ? null : new Promise(() => {});
        },
      },
    });
    await k.load({ path: "a", config, restart: false });
    await k.call("a.log");
    await k.call("a.ask").catch(() => undefined);
    await k.call("a.log", null, { meta: { traceparent: CANARY } });
    const error = await k.call("a.die").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "plugin_crashed", crash: { stderrTail: [expect.stringContaining("[redacted]"), "[redacted]", "[redacted] is all"] } });
    await eventually(() => expect(life).toContainEqual(expect.objectContaining({ event: "crashed" })));
    expect(logs.length).toBeGreaterThan(1);
    expect(leaks([error, logs, life, crossings, k.list()])).toEqual([]);
    expect(JSON.stringify([logs, life, crossings])).not.toContain("another-canary-77");
  });

  it("is taken out of a start that fails", async () => {
    const { k, life } = start({ a: { opening: () => { throw new Error(`cannot run with ${CANARY}`); } } });
    const error = await k.load({ path: "a", config }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SallyportError);
    expect(leaks([error, life])).toEqual([]);
  });

  it("is taken out of what the host itself throws, for host and plugin", async () => {
    const { k } = start({ a: deputy("a") });
    k.provide("bank.pay", () => { throw new SallyportError("unavailable", `POST with ${CANARY} failed`, { cause: new Error(CANARY) }); });
    k.provide("bank.break", () => { throw new Error(`POST with ${CANARY} failed`); });
    await k.load({ path: "a", config, grants: ["call:bank.*"] });
    for (const method of ["bank.pay", "bank.break"]) {
      expect(leaks(await k.call(method).catch((thrown: unknown) => thrown))).toEqual([]);
      expect(leaks(await k.call("a.do", { method }).catch((thrown: unknown) => thrown))).toEqual([]);
    }
  });

  it("stays in the results that its plugin gives, and what is no secret stays everywhere", async () => {
    const { k, logs } = start({ a: { hello: { methods: ["a.x"] }, request: (_call, guest) => { guest.raw({ t: "log", lv: "info", msg: "not-a-secret-at-all" }); return CANARY; } } });
    await k.load({ path: "a", config });
    expect(await k.call("a.x")).toBe(CANARY);
    expect(logs[0]?.message).toBe("not-a-secret-at-all");
  });

  it("never hides who a record is about", async () => {
    const { k, crossings, life } = start({ treasury: { hello: { methods: ["treasury.x"] }, request: () => null } });
    await k.load({ path: "treasury", config: { token: "treasury" } });
    await k.call("treasury.x");
    expect(crossings).toMatchObject([{ plugin: "treasury", caller: "host", origin: ["host"] }]);
    expect(life.every(({ plugin }) => plugin === "treasury")).toBe(true);
  });
});

describe("looking for secrets", () => {
  it("in a very large text costs a bounded time: what was not looked at is not shown", async () => {
    const { k } = start({ a: { hello: { methods: ["a.x"] }, request() { throw new SallyportError("a.odd", "large", { data: ["x".repeat(900_000), CANARY, "y".repeat(900_000), "z".repeat(900_000), "w".repeat(900_000), `${"v".repeat(900_000)}${CANARY}`] }); } } });
    await k.load({ path: "a", config: { keys: Array.from({ length: 40 }, (_unused, i) => `secret-number-${i}`), token: CANARY } });
    const error = (await k.call("a.x").catch((thrown: unknown) => thrown)) as SallyportError;
    expect(leaks(error)).toEqual([]);
    expect(JSON.stringify(error.data).length).toBeLessThan(1_000_000);
  });

  it("of a plugin ends with the plugin", async () => {
    const { k, logs } = start({ a: { hello: { methods: ["a.x"] } }, b: { hello: { methods: ["b.x"] }, request: (_call, guest) => { guest.raw({ t: "log", lv: "info", msg: CANARY }); return null; } } });
    await k.load({ path: "a", config: { token: CANARY } });
    await k.load({ path: "b" });
    await k.call("b.x");
    await k.unload("a");
    await k.call("b.x");
    expect(logs.map(({ message }) => message)).toEqual(["[redacted]", CANARY]);
  });
});

describe("a secret of a provider", () => {
  const secret = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----";

  it("is taken out from when it was handed out, line by line where it has lines", async () => {
    const { k, logs } = start({
      a: { hello: { methods: ["a.x"] }, async request(call, guest) {
        await guest.peer.request("secret.get", { name: "k" }, { parent: call }).result;
        for (const line of [...secret.split("\n"), secret, JSON.stringify(secret)]) guest.raw({ t: "log", lv: "info", msg: line });
        throw new SallyportError("a.odd", secret);
      } },
    }, { secrets: { get: async () => ({ value: secret, generation: "1" }) } });
    await k.load({ path: "a", grants: ["secret:k"] });
    const error = await k.call("a.x").catch((thrown: unknown) => thrown);
    await eventually(() => expect(logs).toHaveLength(6));
    expect(JSON.stringify([logs, error, (error as Error).message, (error as Error).stack])).not.toMatch(/MIIEvQ|AQEFAAS/);
  });
});
