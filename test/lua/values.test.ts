import { expect, it } from "vitest";
import { SallyportError } from "@sallyport/bus";
import { load } from "./harness.js";

const SOURCE = `
local run = function(params, ctx) return assert(load("local params, ctx = ... " .. params.code))(params.value, ctx) end
return { methods = { ["p.run"] = run, ["p.echo"] = function(value) return value end, ["p.type"] = type } }`;

it("values keep their kind on the way in and out, and what cannot cross is named with its place", async () => {
  const { kernel } = await load({ "main.lua": SOURCE });
  const echo = (value: unknown): Promise<unknown> => kernel.call("p.echo", value);
  const lua = (code: string, value: unknown = null): Promise<unknown> => kernel.call("p.run", { code, value });

  const whole = {
    null: null, yes: true, int: 7, big: 2n ** 62n + 1n, least: -(2n ** 63n), float: 0.1, zero: 0, text: "Grüezi \u0000 \u{1f600}", long: "é".repeat(20_000),
    bytes: new Uint8Array([0, 255, 10]), manyBytes: new Uint8Array(50_000).fill(200), none: new Uint8Array(), time: new Date(1_700_000_000_123),
    array: [1, null, "x", [], {}], map: { "1": "a string key", "": 0, nested: { deep: [[[{}]]] } }, empty: {}, nothing: [],
  };
  expect(await echo(whole)).toEqual(whole);
  for (const value of [null, "", 0, [], {}, [null, null], new Uint8Array([128])]) expect(await echo(value)).toEqual(value);

  // What a script sees.
  expect(await kernel.call("p.type", null)).toBe("nil");
  expect(await lua("return params == null")).toBe(true);
  expect(await lua("return { params[1] == null, type(params[1]), tostring(null), #params }", [null, 2])).toEqual([true, "userdata", "null", 2]);
  expect(await lua("return { math.type(params[1]), math.type(params[2]), math.type(params[3]), math.type(params[4]) }", [1, 1.5, 2n ** 60n, 1e300])).toEqual(["integer", "float", "integer", "float"]);
  expect(await lua("return { type(params), #params, tostring(params), params == bytes 'a\\0' }", new Uint8Array([97, 0]))).toEqual(["table", 2, "a\0", true]);
  expect(await lua("return { params.ms, params < time(params.ms + 1), tostring(params) }", new Date(5))).toEqual([5, true, "time(5)"]);

  // What a script makes.
  expect(await lua("return { {}, array {}, array { 1 }, { 1, 2 }, { a = 1 } }")).toEqual([{}, [], [1], [1, 2], { a: 1 }]);
  expect(await lua("return { 3.0, 2^53, 1 << 62, math.mininteger }")).toEqual([3, 2 ** 53, 2n ** 62n, -(2n ** 63n)]);
  expect(await lua("local t = array { 1 } table.remove(t) return t")).toEqual([]);
  expect(await lua("local now = time() return { now.ms > 1700000000000, os.time() > 1700000000 }")).toEqual([true, true]);

  // A table's own code does not run when it is read.
  expect(await lua("return setmetatable({ 1 }, { __index = error, __len = error, __pairs = error, __name = 'x' })")).toEqual([1]);

  for (const [code, says, path] of [
    ["return { a = { b = print } }", "at a.b is a function, which cannot cross", "a.b"],
    ["return { 1, { coroutine.running() } }", "at [2][1] is a thread", "[2][1]"],
    ["return { '\\xff' }", "is a string that is not UTF-8: pass it as bytes", "[1]"],
    ["return { 1, nil, 3 }", "gap", undefined],
    ["return { [2] = 1 }", "keys that are not 1, 2, 3", undefined],
    ["return { [1.5] = 1 }", "keys that are not 1, 2, 3", undefined],
    ["return { 1, x = 2 }", "both items and named fields", undefined],
    ["return array { x = 2 }", "both items and named fields", undefined],
    ["return { [true] = 1 }", "has a boolean as a key", undefined],
    ["return 0/0", "not finite", undefined],
    ["return { x = 1/0 }", "at x is a number that is not finite", "x"],
    ["return { ['__proto__'] = 1 }", "__proto__", undefined],
    ["return setmetatable({}, {}), ctx", undefined, undefined],
    ["return ctx", "has a table as a key", undefined],
  ] as const) {
    const failure = await lua(code).catch((error: unknown) => error);
    if (says === undefined) expect(failure).toEqual({});
    else expect(failure, code).toMatchObject({ code: "internal", message: expect.stringContaining(says) as string, ...(path && { path }) });
  }
});

it("errors keep code, path, help and data, and say the author's line", async () => {
  const { kernel } = await load({ "main.lua": SOURCE }, { spec: { grants: ["call:**"] } });
  kernel.provide("host.fail", () => {
    throw new SallyportError("conflict", "no", { data: { n: 1 } });
  });
  const run = (code: string): Promise<unknown> => kernel.call("p.run", { code }).catch((error: unknown) => error);
  expect(await run('error { code = "p.odd", msg = "odd", path = "params.n", help = "even", data = { n = 1 }, retryable = true }')).toMatchObject({
    code: "p.odd", message: "odd", path: "params.n", help: "even", data: { n: 1 }, retryable: true, at: expect.stringMatching(/:1$/) as string,
  });
  expect(await run('error { code = "plugin_crashed", msg = "forged" }')).toMatchObject({ code: "internal" });
  expect(await run("\n\nlocal x = nil; return x.y")).toMatchObject({ code: "internal", message: expect.stringMatching(/:3: attempt to index a nil value/) as string, at: expect.stringMatching(/:3$/) as string });
  expect(await run("error()")).toMatchObject({ code: "internal" });
  expect(await run("error(setmetatable({}, { __tostring = error }))")).toMatchObject({ code: "internal", message: "an error without a message" });
  // What the host answers is caught and passed on as it was.
  expect(await run('return ctx.call("host.fail")')).toMatchObject({ code: "conflict", message: "no", data: { n: 1 } });
  expect(await run('local ok, failure = pcall(ctx.call, "host.fail") return { ok, failure.code, tostring(failure) }')).toEqual([false, "conflict", "conflict: no"]);
});
