import { afterAll, describe, expect, test } from "vitest";
import { worker } from "@sallyport/adapter-worker";
import type { IncomingCall } from "@sallyport/bus";
import { folderOf, open } from "./harness.js";

const adapter = worker();
afterAll(async () => adapter[Symbol.asyncDispose]());

/** Runs a method body in a hardened guest and returns its result. */
async function attack(body: string, params: unknown = null): Promise<unknown> {
  const root = folderOf({ "index.js": `export default { methods: { "a.run": async (params, context) => { ${body} } } };` });
  const { call } = await open(adapter, { path: `${root}/index.js` }, { serve: (_method, given) => given });
  return call("a.run", params);
}

/** The outcome of an expression in the guest: what it threw, or the type of what it gave. */
const tried = (expression: string): string =>
  `try { const got = await (${expression}); return "got " + typeof got; } catch (error) { return error.constructor.name; }`;

describe("S01, S08: nothing loads code", () => {
  test.each([
    "import.source('file:///etc/passwd')",
    "import\\u{2028}('node:fs')",
    "import/**/('node:fs')",
    "import /* a comment */ (\"node:\" + \"fs\")",
  ])("%s is refused before the plugin runs", async (expression) => {
    const root = folderOf({ "index.js": `export default { methods: { "a.run": () => ${expression.replace("\\u{2028}", "\u2028")} } };` });
    await expect(open(adapter, { path: `${root}/index.js` })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  test.each([
    ["a string", "return \"<!-- --> \".length"],
    ["a spread of something named import", "const o = { import: [1] }; return [...o.import].length"],
  ])("%s is inert", async (_name, body) => {
    expect(await attack(body)).toBeTypeOf("number");
  });

  test("a direct eval is refused before the plugin runs", async () => {
    const root = folderOf({ "index.js": "export default { methods: { 'a.run': () => eval('1') } };" });
    await expect(open(adapter, { path: `${root}/index.js` })).rejects.toMatchObject({ code: "internal", message: expect.stringMatching(/direct eval/) });
  });

  test.each(["(0, eval)('1')", "Function('return this')()", "new Function('return 1')", "new Compartment()", "lockdown()"])(
    "%s says that it is not available", async (expression) => {
      expect(await attack(`try { ${expression}; return "ran"; } catch (error) { return error.message; }`)).toMatch(/is not available in a hardened plugin/);
    });
});

describe("S05: constructors make no code", () => {
  test.each([
    "(() => {}).constructor('return 1')()",
    "(async () => {}).constructor('return 1')()",
    "(function* () {}).constructor('return 1')()",
    "(async function* () {}).constructor('return 1')()",
    "context.call.constructor('return process')()",
    "console.log.constructor('return process')()",
    "setTimeout.constructor.constructor('return process')()",
    "context.call('x.y', 1n << 70n).catch((e) => e.constructor.constructor('return process')())",
    "new TextDecoder().decode.constructor('return process')()",
  ])("%s", async (expression) => {
    expect(await attack(tried(expression))).toBe("TypeError");
  });

  test("no error of the host's leads to the engine's own Error", async () => {
    const got = await attack(`
      const error = await context.call("x.y", () => {}).catch((e) => e);
      const kinds = [];
      for (let at = error.constructor; at; at = Object.getPrototypeOf(at)) {
        kinds.push(typeof Object.getOwnPropertyDescriptor(at, "prepareStackTrace")?.get?.call(at)?.(error, [1]));
        if (!Object.isFrozen(at)) kinds.push("mutable " + at.name);
      }
      return kinds;`);
    expect((got as string[]).filter((kind) => kind.startsWith("mutable") || kind === "object")).toEqual([]);
  });

  test.each(["process", "fetch", "Buffer", "globalThis.process", "WebAssembly", "SharedArrayBuffer", "Atomics", "performance", "module", "__dirname"])(
    "%s is not there", async (name) => {
      expect(await attack(`return typeof ${name}`)).toBe("undefined");
    });
});

describe("S04: intrinsics cannot be changed", () => {
  test.each([
    "Object.prototype.polluted = 1", "Array.prototype.push = 1", "Promise.prototype.then = null", "Function.prototype.call = null",
    "Object.getPrototypeOf((async function* () {}).prototype).next = 1", "Object.getPrototypeOf(new Map().values()).next = 1",
    "Object.defineProperty(JSON, 'parse', { value: 1 })", "Uint8Array.prototype.set = 1", "Date.prototype.getTime = 1",
  ])("%s throws", async (statement) => {
    expect(await attack(`"use strict"; try { ${statement}; return "changed"; } catch (error) { return error.name; }`)).toBe("TypeError");
  });
});

describe("S10, S11: what a guest is given", () => {
  test.each([
    "context.call = 1", "context.call.x = 1", "Object.defineProperty(context, 'config', { value: 1 })", "Object.assign(context.log, { info: 1 })",
    "console.log = 1", "setTimeout.x = 1", "TextDecoder.prototype.decode = 1", "Object.getPrototypeOf(context.stream('x.y')).next = 1", "context.config.secret = 1",
    "Object.getPrototypeOf(context.input).next = 1", "context.signal.aborted = 1",
  ])("%s throws", async (statement) => {
    const root = folderOf({ "index.js": `export default { methods: { "a.run": (_p, context) => { "use strict"; try { ${statement}; return "changed"; } catch (error) { return error.name; } } } };` });
    const { call } = await open(adapter, { path: `${root}/index.js` }, { config: { secret: 0 } });
    expect(await call("a.run")).toBe("TypeError");
  });

  test("a listener for progress is called on the author's own object", async () => {
    const root = folderOf({ "index.js": `export default { methods: { "a.run": async (_p, context) => {
      let seen; const options = { onProgress() { seen = this === options; } };
      await context.call("x.y", null, options); return seen; } } };` });
    const serve = (_method: string, _params: unknown, call: IncomingCall) => call.progress({ done: 1 });
    const { call } = await open(adapter, { path: `${root}/index.js` }, { serve });
    expect(await call("a.run")).toBe(true);
  });

  test("the text of an endowment tells no path", async () => {
    const text = await attack(`
      const own = Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name]);
      return [...own, ...Object.values(console), ...Object.values(context)].filter((x) => typeof x === "function").map(String).join("\\n");`);
    expect(text).not.toMatch(/file:|\/work|node_modules|guest-thread/);
  });
});

describe("S06, S07: bytes", () => {
  test("are a plain Uint8Array of exactly their size", async () => {
    expect(await attack(`
      const { bytes } = params;
      return [bytes.constructor === Uint8Array, bytes.buffer.byteLength, Object.getPrototypeOf(bytes) === Uint8Array.prototype, typeof bytes.constructor.allocUnsafe];`,
    { bytes: Buffer.from("12345") })).toEqual([true, 5, true, "undefined"]);
  });

  test("of TextEncoder come in a buffer of their own", async () => {
    expect(await attack("return new TextEncoder().encode('abc').buffer.byteLength")).toBe(3);
  });
});

test("S15: no path and no stack of the host reaches a guest", async () => {
  const text = await attack(`
    const texts = [];
    const look = (e) => { texts.push(String(e.stack), e.message, JSON.stringify(e)); if (e.cause) look(e.cause); };
    try { null.x } catch (e) { look(e) }
    try { new TextDecoder("no such") } catch (e) { look(e) }
    try { atob("%%%") } catch (e) { look(e) }
    await context.call("x.y", () => {}).catch(look);
    const holder = {}; Error.captureStackTrace?.(holder); texts.push(String(holder.stack));
    Error.prepareStackTrace = (e, frames) => String(frames); texts.push(String(new Error("z").stack));
    return texts.join("\\n");`);
  expect(text).not.toMatch(/file:|\/work|node:|guest-thread|\.cjs/);
});

test("S19: libraries that assign to what frozen prototypes hold work", async () => {
  // The way decimal.js and big.js build their prototypes.
  expect(await attack(`
    function Big(n) { this.n = n; }
    const P = {}; P.toString = function () { return "big " + this.n; }; P.valueOf = function () { return this.n; }; P.constructor = Big;
    Big.prototype = P;
    class Failure extends Error {} ; const f = new Failure("m"); f.name = "Failure"; f.message = "changed";
    return [String(new Big(2)), +new Big(3), f.name, f.message];`)).toEqual(["big 2", 3, "Failure", "changed"]);
});

test("S03: the environment weakens nothing", async () => {
  process.env["LOCKDOWN_ERROR_TAMING"] = "unsafe";
  process.env["LOCKDOWN_HARDEN_TAMING"] = "unsafe";
  const fresh = worker({ spares: 0 });
  try {
    const root = folderOf({ "index.js": "export default { methods: { 'a.run': () => [new Error('x').stack, Object.isFrozen(harden({}))] } };" });
    const { call } = await open(fresh, { path: `${root}/index.js` });
    expect(await call("a.run")).toEqual(["", true]);
  } finally {
    delete process.env["LOCKDOWN_ERROR_TAMING"];
    delete process.env["LOCKDOWN_HARDEN_TAMING"];
    await fresh[Symbol.asyncDispose]();
  }
});

test("time and chance work", async () => {
  expect(await attack("return [Date.now() > 1e12, new Date().getFullYear() > 2000, Math.random() < 1]")).toEqual([true, true, true]);
});
