import type { GrantSpec } from "@sallyport/kernel";
import { describe, expect, it } from "vitest";
import { deputy, outcome, start } from "./kernel.js";

const ACCOUNT: GrantSpec = { call: "bank.transfer", where: { account: "1" } };

describe("a grant that names arguments", () => {
  async function transfer(grants: readonly GrantSpec[], params: unknown): Promise<unknown> {
    const { k } = start({ a: deputy("a") });
    k.provide("bank.transfer", () => "done");
    await k.load({ path: "a", grants });
    return outcome(k.call("a.do", { method: "bank.transfer", params }));
  }

  it("opens the call with exactly these", async () => {
    expect(await transfer([ACCOUNT], { account: "1", amount: "5" })).toBe("done");
    expect(await transfer([{ call: "bank.*", where: { account: ["1", "2"], dry: true } }], { account: "2", dry: true })).toBe("done");
    expect(await transfer([{ call: "bank.transfer", where: { account: 1 } }], { account: 1 })).toBe("done");
  });

  it.each([
    ["another spelling", { account: "01" }], ["a number", { account: 1 }], ["a list", { account: ["1"] }], ["no field", { amount: "5" }], ["null", null],
    ["a list as params", [["account", "1"]]], ["text as params", "account=1"], ["another case", { Account: "1", ACCOUNT: "1" }], ["a space", { account: "1 " }], ["a lookalike", { account: "１" }],
    ["an object that looks like it", { account: { toString: "1", valueOf: "1" } }], ["a deeper one", { body: { account: "1" } }], ["null in the field", { account: null }], ["bytes", { account: new Uint8Array([49]) }], ["a boolean", { account: true }],
  ])("does not open it with %s", async (_name, params) => {
    expect(await transfer([ACCOUNT], params)).toBe("permission_denied");
  });

  it("is not opened by what an object inherits", async () => {
    for (const field of ["__proto__", "toString", "constructor", "hasOwnProperty"]) {
      expect(await transfer([{ call: "bank.transfer", where: JSON.parse(`{"${field}":null}`) as Record<string, null> }], { account: "1" })).toBe("permission_denied");
    }
  });

  it("is asked for each call, whatever the one before was", async () => {
    const { k } = start({ a: deputy("a") });
    k.provide("bank.transfer", () => "done");
    await k.load({ path: "a", grants: [ACCOUNT] });
    const outcomes: unknown[] = [];
    for (const account of ["1", "2", "1", "3", "1"]) outcomes.push(await outcome(k.call("a.do", { method: "bank.transfer", params: { account } })));
    expect(outcomes).toEqual(["done", "permission_denied", "done", "permission_denied", "done"]);
  });

  it("adds to others, and none of them takes away", async () => {
    expect(await transfer([ACCOUNT, { call: "bank.**", where: { account: "7" } }], { account: "7" })).toBe("done");
    expect(await transfer([ACCOUNT, "call:bank.transfer"], { account: "7" })).toBe("done");
    expect(await transfer([ACCOUNT, "call:bank.other"], { account: "7" })).toBe("permission_denied");
  });

  it("is shown as text to host and plugin, and the text is a grant", async () => {
    const { k, adapter } = start({ a: deputy("a"), b: deputy("b") });
    const texts = ["call:bank.transfer where {\"account\":\"1\"}", "call:x.* where {\"a\":[1,null,true]} delegate", "call:y delegate"];
    await k.load({ path: "a", grants: [ACCOUNT, { call: "x.*", where: { a: [1, null, true] }, delegate: true }, { call: "y", delegate: true }] });
    expect(k.list()[0]?.grants).toEqual(texts);
    expect(adapter.opened[0]?.host?.grants).toEqual(texts);
    await k.load({ path: "b", grants: texts });
    expect(k.list()[1]?.grants).toEqual(texts);
  });

  it("is narrowed by the needs of a manifest, and keeps its conditions", async () => {
    const { k } = start({ a: { ...deputy("a"), manifest: { needs: ["call:bank.transfer"], methods: { "a.do": {} } } } });
    k.provide("bank.transfer", () => "done");
    k.provide("bank.close", () => "done");
    await k.load({ path: "a", grants: [{ call: "bank.*", where: { account: "1" } }] });
    expect(k.list()[0]).toMatchObject({ grants: ["call:bank.transfer where {\"account\":\"1\"}"], denied: [] });
    expect(await outcome(k.call("a.do", { method: "bank.transfer", params: { account: "1" } }))).toBe("done");
    expect(await outcome(k.call("a.do", { method: "bank.transfer", params: { account: "2" } }))).toBe("permission_denied");
    expect(await outcome(k.call("a.do", { method: "bank.close", params: { account: "1" } }))).toBe("permission_denied");
  });

  it.each<[string, unknown]>([
    ["no condition", { call: "a.b", where: {} }], ["an empty list", { call: "a.b", where: { x: [] } }], ["an object as value", { call: "a.b", where: { x: { y: 1 } } }], ["a list as where", { call: "a.b", where: ["x"] }],
    ["NaN", { call: "a.b", where: { x: NaN } }], ["an unknown field", { call: "a.b", were: { x: 1 } }], ["no call", { where: { x: 1 } }], ["another kind", { publish: "a.b" }], ["a pattern that is none", { call: "a..b" }], ["delegate as text", { call: "a.b", delegate: "yes" }],
    ["null", null], ["a number", 7], ["conditions on a topic", "publish:a.b where {\"x\":1}"], ["text that is no JSON", "call:a.b where {x:1}"], ["text with more behind", "call:a.b delegate yes"], ["JSON that is null", "call:a.b where null"],
  ])("is refused with %s, and the message says where", async (_name, spec) => {
    const { k } = start({ a: deputy("a") });
    await expect(k.load({ path: "a", grants: ["call:x", spec as GrantSpec] })).rejects.toMatchObject({ code: "invalid_argument", path: "grants[1]", message: expect.stringContaining("plugin 'a', grants[1]") as string });
  });
});
