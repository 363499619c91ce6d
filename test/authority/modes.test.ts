import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SallyportError } from "@sallyport/bus";
import type { SecretProvider } from "@sallyport/kernel";
import { describe, expect, it } from "vitest";
import { eventually } from "./eventually.js";
import { fixture, host, repository } from "./host.js";

const CANARY = "canary-9d41c7-token";
const OTHER = "canary-77b0e2-config";
const secrets: SecretProvider = { get: async () => ({ value: CANARY, generation: "g1" }) };
/** Parts of the two that no spelling of them is without; errors with all that they carry. */
function leaks(value: unknown): readonly string[] {
  const text = JSON.stringify(value, (_key, item: unknown) => (item instanceof Error ? { ...item, message: item.message, stack: item.stack, cause: item.cause } : item));
  const encoded = [CANARY, OTHER].flatMap((canary) => [Buffer.from(canary).toString("hex").slice(10, 26), ...["", "x", "xx"].map((before) => Buffer.from(before + canary).toString("base64").slice(4, 16))]);
  return ["9d41c7", "77b0e2", ...encoded].filter((part) => text.includes(part));
}

describe("a deputy (C03)", () => {
  it.each([
    { mode: "process", path: fixture("deputy.js"), method: "deputy.do" },
    { mode: "worker", path: fixture("deputy.js"), method: "deputy.do" },
    { mode: "stdio", path: repository("plugins/javascript/main.js"), method: "demo.relay" },
  ])("in mode $mode gets for nobody what that one is denied itself", async ({ path, mode, method }) => {
    const { kernel } = host();
    kernel.provide("bank.pay", (_params, { origin }) => origin.join(" "));
    await kernel.load({ path, mode, name: "deputy", grants: ["call:bank.pay"], ...(mode === "stdio" && { permissions: { read: [repository("")] } }) });
    await kernel.load({ path: fixture("asker.js"), name: "asker", grants: [`call:${method}`] });
    const pay = { method: "bank.pay", params: {} };
    const ask = (): Promise<unknown> => kernel.call("asker.do", { method, params: pay }).catch((error: SallyportError) => error.code);
    expect(await ask()).toBe("permission_denied");
    expect(await kernel.call(method, pay)).toBe("host deputy");
    kernel.grant("asker", ["call:bank.pay"]);
    expect(await ask()).toBe("host asker deputy");
    kernel.revoke("asker", ["call:bank.pay"]);
    kernel.revoke("deputy", ["call:bank.pay"]);
    kernel.grant("deputy", [{ call: "bank.pay", delegate: true }]);
    expect(await ask()).toBe("host asker deputy");
  });
});

describe("a grant that is revoked in the middle (C08)", () => {
  it.each(["process", "worker"])("in mode %s ends the stream that is read with it, and no later event comes", async (mode) => {
    const { kernel } = host();
    let yielded = 0;
    let left = false;
    kernel.provide("host.ticks", async function* () {
      try {
        for (;;) {
          yield yielded++;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        left = true;
      }
    });
    await kernel.load({ path: fixture("reader.js"), name: "reader", mode, grants: ["call:host.ticks", "subscribe:news.*"] });
    expect(kernel.publish("news.one", 1)).toBe(1);
    const read = kernel.call<{ items: number; code: string }>("reader.read");
    await eventually(() => expect(yielded).toBeGreaterThan(5));
    kernel.revoke("reader", ["call:**", "subscribe:**"]);
    const offered = yielded;
    expect(kernel.publish("news.two", 2)).toBe(0);
    const { items, code } = await read;
    expect(code).toBe("permission_denied");
    expect(items).toBeLessThanOrEqual(offered);
    await eventually(() => expect(left).toBe(true));
    expect(await kernel.call("reader.heard")).toBe(1);
    expect((await kernel.call<{ code: string }>("reader.read")).code).toBe("permission_denied");
  });
});

describe("params that change after the call (C07)", () => {
  it.each(["process", "worker"])("in mode %s are what was checked", async (mode) => {
    const { kernel } = host();
    kernel.provide("bank.transfer", async (params: { readonly account: string; readonly bytes?: Uint8Array }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [params.account, ...(params.bytes ?? [])];
    });
    await kernel.load({ path: fixture("fickle.js"), name: "fickle", mode, grants: [{ call: "bank.transfer", where: { account: "1" } }] });
    expect(await kernel.call("fickle.after")).toEqual(["1", 1]);
    expect(await kernel.call("fickle.getter").catch((error: SallyportError) => error.code)).toSatisfy((result: unknown) => JSON.stringify(result) === '["1"]' || typeof result === "string");
    expect(await kernel.call("fickle.proxy").catch((error: SallyportError) => error.code)).toSatisfy((result: unknown) => JSON.stringify(result) === '["1"]' || typeof result === "string");
  });
});

describe("secrets in what the host reports (C11)", () => {
  it.each(["process", "worker"])("are in none of it, whatever a plugin in mode %s lets slip", async (mode) => {
    const { kernel, life, crossings, logs } = host({ secrets });
    kernel.provide("bank.pay", () => { throw new Error(`POST with ${CANARY}`); });
    await kernel.load({ path: fixture("leaky.js"), name: "leaky", mode, grants: ["secret:bank.token", "call:bank.pay"], config: { apiToken: OTHER } });
    const error = await kernel.call("leaky.all").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "leaky.broke", message: "broke with [redacted] and [redacted]" });
    await eventually(() => expect(logs.length).toBeGreaterThan(2));
    expect(leaks([error, life, crossings, logs, kernel.list(), await kernel.metrics()])).toEqual([]);
    // A result is the caller's: what a plugin gives it is not looked at.
    expect(await kernel.call("leaky.result")).toBe(CANARY);
  });

  it("are in none of it, whatever a program prints, also in two pieces and as its last words", async () => {
    const { kernel, life, crossings, logs } = host({ secrets });
    await kernel.load({ path: fixture("leaky.mjs"), name: "leaky", mode: "stdio", grants: ["secret:bank.token"], config: { apiToken: OTHER }, restart: false });
    await kernel.call("leaky.print");
    const error = await kernel.call("leaky.die").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "plugin_crashed", crash: { exitCode: 3, stderrTail: expect.arrayContaining(["last words: [redacted] [redacted]"]) as string[] } });
    await eventually(() => expect(life).toContainEqual(expect.objectContaining({ event: "crashed" })));
    expect(logs.filter(({ message }) => message.includes("password=[redacted]")).length).toBeGreaterThanOrEqual(4);
    expect(leaks([error, life, crossings, logs])).toEqual([]);
  });
});

describe("secrets outside of the protocol", () => {
  it("are in no argument, no environment and no file", async () => {
    const before = new Set(await readdir(tmpdir()));
    const { kernel } = host({ secrets });
    await kernel.load({ path: fixture("leaky.mjs"), name: "leaky", mode: "stdio", grants: ["secret:bank.token"], config: { apiToken: OTHER } });
    await kernel.load({ path: fixture("leaky.js"), name: "hardened", mode: "process", grants: ["secret:bank.token"], config: { apiToken: OTHER } });
    const seen = await kernel.call<{ pid: number }>("leaky.look");
    expect(await kernel.call("leaky.result")).toBe(CANARY);
    expect(leaks(seen)).toEqual([]);
    const pids = kernel.list().map(({ label }) => Number(/pid (\d+)/.exec(label ?? "")?.[1])).filter((pid) => pid > 0);
    expect(pids.length).toBeGreaterThan(0);
    // Linux alone has /proc; elsewhere what the plugin itself saw has to do.
    const facts = await Promise.all([process.pid, seen.pid, ...pids].flatMap((pid) => ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => ""))));
    expect(leaks(facts)).toEqual([]);
    const fresh = (await readdir(tmpdir())).filter((name) => !before.has(name));
    const texts = await Promise.all(fresh.map((name) => textsIn(join(tmpdir(), name), 3)));
    expect(leaks(texts)).toEqual([]);
  });
});

async function textsIn(path: string, depth: number): Promise<string> {
  const names = await readdir(path).catch(() => undefined);
  if (names === undefined) return readFile(path, "latin1").catch(() => "");
  return depth === 0 ? "" : (await Promise.all(names.slice(0, 200).map((name) => textsIn(join(path, name), depth - 1)))).join("\n");
}
