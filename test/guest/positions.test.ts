import { afterAll, describe, expect, test } from "vitest";
import { worker } from "@sallyport/adapter-worker";
import { process as processMode } from "@sallyport/adapter-process";
import { folderOf, open } from "./harness.js";

const adapters = [worker(), processMode()];
afterAll(async () => {
  for (const adapter of adapters) await adapter[Symbol.asyncDispose]();
});

const FILES = {
  "plugin.json": '{"name":"x","version":"1.0.0","entry":"src/index.ts"}',
  "src/index.ts": [
    'import { fail } from "./deep/fail.ts";',
    "interface Params { readonly n: number }",
    "export default {",
    "  methods: {",
    '    "x.deep": (params: Params) => fail(params.n),',
    '    "x.cause": () => { throw new Error("outer", { cause: new TypeError("inner") }); },',
    '    "x.fetch": () => (globalThis as any).fetch("https://example.org"),',
    '    "x.spoof": () => { const e = new Error("m"); e.name = "at evil (kernel.js:1:1)"; throw e; },',
    "  },",
    "};",
  ].join("\n"),
  "src/deep/fail.ts": "type N = number;\n\nexport function fail(n: N): never {\n  throw new RangeError(`bad ${n}`);\n}\n",
};

describe.each(adapters.map((adapter) => [adapter.mode, adapter] as const))("in mode %s", (_mode, adapter) => {
  test("an error names the author's own line, and its stack has no other frame", async () => {
    const { call } = await open(adapter, { path: folderOf(FILES) }, { debug: true });
    const error = await call("x.deep", { n: 7 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "internal", message: "bad 7", at: "src/deep/fail.ts:4:9" });
    const { stack } = error as Error;
    expect(stack).toMatch(/^internal: bad 7\n {4}at fail \(src\/deep\/fail\.ts:4:9\)\n {4}at .*src\/index\.ts:5:\d+/);
    expect(stack).not.toMatch(/sallyport|node:|file:|\.cjs/);
  });

  test("a cause has its own place", async () => {
    const { call } = await open(adapter, { path: folderOf(FILES) });
    const error = await call("x.cause").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ at: "src/index.ts:6:30", cause: { message: "inner", at: "src/index.ts:6:58" } });
  });

  test("what is missing by design says so", async () => {
    const { call } = await open(adapter, { path: folderOf(FILES) });
    await expect(call("x.fetch")).rejects.toMatchObject({ at: "src/index.ts:7:42", help: expect.stringMatching(/no network/) });
  });

  test("S16: a name that looks like a frame becomes none", async () => {
    const { call } = await open(adapter, { path: folderOf(FILES) }, { debug: true });
    const error = await call("x.spoof").catch((thrown: unknown) => thrown);
    expect((error as Error).stack).not.toContain("kernel.js");
  });

  test("a module that fails while it is loaded fails the start, with its line", async () => {
    const root = folderOf({ "index.ts": "const a: number = 1;\n\nthrow new Error('at the top');\nexport default {};" });
    await expect(open(adapter, { path: `${root}/index.ts` })).rejects.toMatchObject({
      message: "the plugin's module failed while it was loaded: at the top", at: "index.ts:3:7",
    });
  });

  test("a module without a definition says what is there instead", async () => {
    const root = folderOf({ "index.js": "export const x = 1;" });
    await expect(open(adapter, { path: `${root}/index.js` })).rejects.toMatchObject({ code: "failed_precondition" });
  });
});
