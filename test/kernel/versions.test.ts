import { createKernel, type Kernel, type KernelOptions, type LogEntry, type Manifest, type PluginSpec } from "@sallyport/kernel";
import type { Warning } from "@sallyport/bus";
import { afterEach, describe, expect, it } from "vitest";
import { memory, type Script } from "./memory-adapter.js";

const kernels: Kernel[] = [];

afterEach(async () => {
  await Promise.all(kernels.splice(0).map((kernel) => kernel.close({ drainMs: 0 })));
});

function start(scripts: Record<string, Script>, options: Partial<KernelOptions> = {}): { readonly k: Kernel; readonly log: LogEntry[] } {
  const log: LogEntry[] = [];
  const k = createKernel({ graceMs: 50, ...options, adapters: [memory(scripts)], hooks: { log: (entry) => log.push(entry) } });
  kernels.push(k);
  return { k, log };
}

/** Provides `fx.rate` in one version; answers with it, its method and its params. */
function fx(version: string, extra: Partial<Manifest> = {}, request?: Script["request"]): Script {
  return {
    manifest: { methods: { "fx.rate": {} }, interfaces: { fx: version }, ...extra },
    hello: { methods: Object.keys(extra.methods ?? { "fx.rate": {} }) },
    request: request ?? ((call) => ({ version, method: call.method, params: call.params })),
  };
}

/** Calls what it is asked to, and tells of warnings. */
const relay = (manifest: Partial<Manifest> = {}): Script => ({
  manifest: { methods: { "relay.call": {} }, ...manifest },
  hello: { methods: ["relay.call"] },
  async request(call, guest) {
    const open = guest.peer.request(call.params as string, { pair: "EURCHF" }, { parent: call, timeoutMs: 1000 });
    const result = await open.result.catch((error: { code: string; message: string }) => ({ code: error.code, msg: error.message }));
    return { result, warnings: open.warnings() };
  },
});

describe("two versions of one plugin, side by side", () => {
  it("are both there: a call names its major, or gets the newest; the wire knows nothing of it", async () => {
    const { k } = start({ fx1: fx("1.4.0"), fx2: fx("2.1.0") }, { interfaces: { fx: {} } });
    await k.load({ path: "fx2" });
    await k.load({ path: "fx1" });
    await expect(k.call("fx.rate", 1)).resolves.toEqual({ version: "2.1.0", method: "fx.rate", params: 1 });
    await expect(k.call("fx.rate@1", 2)).resolves.toEqual({ version: "1.4.0", method: "fx.rate", params: 2 });
    await expect(k.call("fx.rate@2", 3)).resolves.toMatchObject({ version: "2.1.0" });
    await expect(k.call("fx.rate@3")).rejects.toMatchObject({ code: "unimplemented", message: "nothing provides fx.rate in major 3; there is 1, 2" });
    expect(k.api().map(({ name, provider, version }) => [name, provider, version])).toEqual([["fx.rate", "fx2", "2.1.0"], ["fx.rate", "fx1", "1.4.0"]]);
    expect(k.list().map(({ name, methods }) => [name, methods])).toEqual([["fx2", [{ name: "fx.rate" }]], ["fx1", [{ name: "fx.rate" }]]]);
    await k.unload("fx2");
    await expect(k.call("fx.rate")).resolves.toMatchObject({ version: "1.4.0" });
    await expect(k.call("fx.rate@2")).rejects.toMatchObject({ code: "unimplemented" });
    await k.unload("fx1");
    await expect(k.call("fx.rate@1")).rejects.toMatchObject({ code: "unimplemented" });
  });

  it.each<[string, Script, string]>([
    ["of the same major", fx("2.9.0"), "conflict"],
    ["of which one promises no version", { hello: { methods: ["fx.rate"] } }, "conflict"],
    ["with what is no version", fx("two"), "invalid_argument"],
  ])("%s are refused", async (_what, other, code) => {
    const { k } = start({ fx2: fx("2.1.0"), other }, { interfaces: { fx: {} } });
    await k.load({ path: "fx2" });
    await expect(k.load({ path: "other" })).rejects.toMatchObject({ code });
    await expect(k.call("fx.rate")).resolves.toMatchObject({ version: "2.1.0" });
  });

  it("need the host's word: no plugin takes over what others call by claiming a newer major", async () => {
    const { k } = start({ fx1: fx("1.4.0"), usurper: fx("99.0.0") });
    await k.load({ path: "fx1" });
    await expect(k.load({ path: "usurper" })).rejects.toMatchObject({ code: "conflict", help: expect.stringContaining('interfaces: { "fx": ... }') as unknown });
    await expect(k.call("fx.rate")).resolves.toMatchObject({ version: "1.4.0" });
  });

  it("the host pins what calls mean", async () => {
    const { k } = start({ fx1: fx("1.4.0"), fx2: fx("2.1.0") }, { interfaces: { fx: { current: 1 } } });
    await k.load({ path: "fx2" });
    await expect(k.call("fx.rate")).rejects.toMatchObject({ code: "unimplemented", message: "nothing provides fx.rate in major 1; there is 2" });
    await k.load({ path: "fx1" });
    await expect(k.call("fx.rate")).resolves.toMatchObject({ version: "1.4.0" });
    await expect(k.call("fx.rate@2")).resolves.toMatchObject({ version: "2.1.0" });
  });

  it("the host provides two majors of a method itself", async () => {
    const { k } = start({});
    k.provide("ledger.balance", () => "one", { version: "1.2.0" });
    const withdraw = k.provide("ledger.balance", () => "two", { version: "2.0.0" });
    expect(() => k.provide("ledger.balance", () => "three")).toThrow("already provides");
    expect(() => k.provide("ledger.close", () => 1, { version: "2" })).toThrow("semantic version");
    expect([await k.call("ledger.balance"), await k.call("ledger.balance@1")]).toEqual(["two", "one"]);
    withdraw();
    await expect(k.call("ledger.balance")).resolves.toBe("one");
  });
});

describe("a plugin says what it was written for", () => {
  const provided = (k: Kernel): void => {
    k.provide("ledger.balance", () => "one", { version: "1.2.0" });
    k.provide("ledger.balance", () => "two", { version: "2.0.0" });
  };
  const load = (k: Kernel, spec: Partial<PluginSpec> = {}): Promise<unknown> => k.load({ path: "relay", grants: ["call:ledger.*"], ...spec });

  it.each([
    [{ ledger: "^1.2" }, "one"],
    [{ ledger: "2" }, "two"],
    [{}, "two"],
  ])("%j, and its calls mean that", async (uses, result) => {
    const { k } = start({ relay: relay({ uses: uses as Readonly<Record<string, string>> }) });
    provided(k);
    await load(k);
    await expect(k.call("relay.call", "ledger.balance")).resolves.toEqual({ result, warnings: [] });
    await expect(k.call("relay.call", "ledger.balance@1")).resolves.toMatchObject({ result: "one" });
  });

  it("and is told when there is less", async () => {
    const { k } = start({ relay: relay({ uses: { ledger: "^1.3" } }) });
    provided(k);
    await load(k);
    await expect(k.call("relay.call", "ledger.balance")).resolves.toMatchObject({ result: { code: "unimplemented", msg: expect.stringContaining("written for version 1.3.0") as unknown } });
  });

  it("and gets what promises no version at all", async () => {
    const { k } = start({ relay: relay({ uses: { ledger: "^1.3" } }) });
    k.provide("ledger.balance", () => "plain");
    await load(k);
    await expect(k.call("relay.call", "ledger.balance")).resolves.toMatchObject({ result: "plain" });
  });

  it("what is no range is refused", async () => {
    const { k } = start({ relay: relay({ uses: { ledger: ">=1" } }) });
    await expect(load(k)).rejects.toMatchObject({ code: "invalid_argument", path: "uses.ledger" });
  });
});

describe("grants", () => {
  it.each<[string, string, string]>([
    ["call:ledger.balance", "ledger.balance@1", "one"],
    ["call:ledger.balance@1", "ledger.balance@1", "one"],
    ["call:ledger.*@1", "ledger.balance@1", "one"],
    ["call:**@1", "ledger.balance@1", "one"],
    ["call:ledger.balance@1", "ledger.balance@2", "permission_denied"],
    ["call:ledger.balance@1", "ledger.balance", "permission_denied"],
    ["call:ledger.balance@2", "ledger.balance@1", "permission_denied"],
    ["call:ledger.balance", "ledger.balance@01", "permission_denied"],
    ["call:ledger.balance", "ledger.balance@", "permission_denied"],
    ["call:ledger.balance", "ledger.balance@1@1", "permission_denied"],
    ["call:**", "$init@1", "permission_denied"],
    ["call:**", "secret.get@1", "permission_denied"],
  ])("with %s the call of %s gives %s", async (grant, method, outcome) => {
    const { k } = start({ relay: relay() });
    k.provide("ledger.balance", () => "one", { version: "1.2.0" });
    k.provide("ledger.balance", () => "two", { version: "2.0.0" });
    await k.load({ path: "relay", grants: [grant] });
    const { result } = await k.call<{ result: unknown }>("relay.call", method);
    expect(typeof result === "string" ? result : (result as { code: string }).code).toBe(outcome);
  });

  it("no major is a way around the grant of a secret", async () => {
    const { k } = start({ relay: relay() }, { secrets: { get: async () => ({ value: "s3cret-value", generation: "1" }) } });
    await k.load({ path: "relay", grants: ["call:**"] });
    for (const method of ["secret.get", "secret.get@1", "secret.get@0"]) await expect(k.call("relay.call", method), method).resolves.not.toMatchObject({ result: { value: "s3cret-value" } });
    await expect(k.call("relay.call", "secret.get@1")).resolves.toMatchObject({ result: { code: "permission_denied" } });
  });

  it("of one major are revoked with all of them, and not the other way round", async () => {
    const { k } = start({ relay: relay({ needs: ["call:ledger.balance@1", "call:bank.*"] }) });
    const info = await k.load({ path: "relay", grants: ["call:ledger.*", { call: "bank.pay@2", where: { to: "1" } }] });
    expect([info.grants, info.denied]).toEqual([["call:ledger.balance@1", 'call:bank.pay@2 where {"to":"1"}'], ["call:bank.*"]]);
    expect(() => k.revoke("relay", ["call:ledger.balance@1"])).toThrow("reaches further");
    expect(k.revoke("relay", ["call:bank.pay"]).grants).toEqual(["call:ledger.balance@1"]);
    expect(() => k.grant("relay", ["publish:ledger.x@1"])).toThrow("is not a grant");
  });
});

describe("an earlier major that is still served", () => {
  // Major 1 had `pair`, major 2 has `from` and `to`; its rate is text.
  const interfaces: KernelOptions["interfaces"] = {
    fx: { current: 2, from: { 1: {
      removedOn: "2027-06-30",
      provider: { params: (_method, { from, to }: never) => ({ pair: (from as string) + (to as string) }), result: (_method, { rate }: never) => ({ rate: String(rate) }), item: (_method, rate) => String(rate) },
      caller: { params: (_method, { pair }: never) => ({ from: (pair as string).slice(0, 3), to: (pair as string).slice(3) }), result: (_method, { rate }: never) => ({ rate: Number(rate) }) },
    } } },
  };
  const one = fx("1.4.0", { methods: { "fx.rate": { params: { type: "object", required: ["pair"] } } } }, (call) => ((call.params as { pair: string }).pair === "EURCHF" ? { rate: 0.95 } : null));
  const two = fx("2.0.0", {}, (call) => ((call.params as { from: string }).from === "EUR" ? { rate: "0.96" } : null));

  it("answers calls of the current one: params down, results up, and a dated word to provider and caller", async () => {
    const { k, log } = start({ one }, { interfaces });
    await k.load({ path: "one" });
    const warnings: Warning[] = [];
    const call = (): Promise<unknown> => k.call("fx.rate", { from: "EUR", to: "CHF" }, { onWarning: (warning) => warnings.push(warning) });
    expect([await call(), await call()]).toEqual([{ rate: "0.95" }, { rate: "0.95" }]);
    expect(warnings).toEqual([1, 2].map(() => ({ code: "deprecated", msg: "'one' provides fx 1, which is removed on 2027-06-30; calls are converted from the current major, 2" })));
    expect(log).toMatchObject([{ plugin: "one", level: "warn", message: `deprecated: ${warnings[0]?.msg}`, fields: { interface: "fx", major: 1, current: 2, removedOn: "2027-06-30" } }]);
    // What is checked is what the provider gets: its own schema, after the conversion.
    await expect(k.call("fx.rate@1", {})).rejects.toMatchObject({ code: "invalid_argument", path: "params" });
  });

  it("is understood of callers that were written for it", async () => {
    const { k, log } = start({ two, relay: relay({ uses: { fx: "^1.4" } }) }, { interfaces });
    await k.load({ path: "two" });
    await k.load({ path: "relay", grants: ["call:fx.rate"] });
    const warning = { code: "deprecated", msg: "'relay' calls fx 1, which is removed on 2027-06-30; the current major is 2" };
    await expect(k.call("relay.call", "fx.rate")).resolves.toEqual({ result: { rate: 0.96 }, warnings: [warning] });
    await expect(k.call("relay.call", "fx.rate@2")).resolves.toMatchObject({ warnings: [] });
    expect(log.map(({ plugin, message }) => [plugin, message])).toEqual([["relay", `deprecated: ${warning.msg}`]]);
  });

  it("is passed on as it is where it is provided itself", async () => {
    const { k } = start({ one, two }, { interfaces });
    await k.load({ path: "one" });
    await k.load({ path: "two" });
    const warnings: Warning[] = [];
    await expect(k.call("fx.rate@1", { pair: "EURCHF" }, { onWarning: (warning) => warnings.push(warning) })).resolves.toEqual({ rate: 0.95 });
    await expect(k.call("fx.rate", { from: "EUR" }, { onWarning: (warning) => warnings.push(warning) })).resolves.toEqual({ rate: "0.96" });
    expect(warnings.map(({ msg }) => msg)).toEqual(["'host' calls fx 1, which is removed on 2027-06-30; the current major is 2"]);
  });

  it("converts items of a stream, and what cannot be converted fails that call alone", async () => {
    const rates: Script = { ...fx("1.0.0", { methods: { "fx.rates": { stream: "out" }, "fx.rate": {} } }), async request(call) {
      for (const rate of [1, 2]) await call.write(rate);
      return { rate: 3 };
    } };
    const { k } = start({ rates }, { interfaces });
    await k.load({ path: "rates" });
    const items: unknown[] = [];
    const stream = k.stream("fx.rates", { from: "EUR", to: "CHF" });
    for (let step = await stream.next(); ; step = await stream.next()) {
      items.push(step.value);
      if (step.done === true) break;
    }
    expect(items).toEqual(["1", "2", { rate: "3" }]);
    await expect(k.call("fx.rate", null)).rejects.toMatchObject({ code: "internal", source: "host", path: "params" });
    expect(k.list()[0]?.stats.inFlight).toBe(0);
  });

  it.each<[object, string]>([
    [{ fx: { current: 1.5 } }, "interfaces.fx.current"],
    [{ fx: { current: 2, from: { 2: { removedOn: "2027-06-30" } } } }, "interfaces.fx.from.2"],
    [{ fx: { from: { 1: { removedOn: "2027-06-30" } } } }, "interfaces.fx.from.1"],
    [{ fx: { current: 2, from: { 1: { removedOn: "soon" } } } }, "interfaces.fx.from.1.removedOn"],
  ])("%j is refused", (wrong, path) => {
    expect(() => start({}, { interfaces: wrong as NonNullable<KernelOptions["interfaces"]> })).toThrow(expect.objectContaining({ code: "invalid_argument", path }) as Error);
  });
});

it("a plugin's own warnings reach the host that asks for them", async () => {
  const { k } = start({ fx: { hello: { methods: ["fx.rate"] }, request: (call) => (call.warn({ code: "fx.stale", msg: "an hour old" }), 1) } });
  await k.load({ path: "fx" });
  const warnings: Warning[] = [];
  await k.call("fx.rate", null, { onWarning: (warning) => warnings.push(warning) });
  expect(warnings).toEqual([{ code: "fx.stale", msg: "an hour old" }]);
});
