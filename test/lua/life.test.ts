import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { folderOf } from "../guest/harness.js";
import { kernelOf, load, method } from "./harness.js";

const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

it("a script calls, streams, hears, publishes, logs and waits, from its own coroutines too", async () => {
  const { kernel, logs, logged } = await load({
    "main.lua": `
      local started, heard = nil, 0
      return {
        start = function(ctx) started = ctx print("config", ctx.config.name, #ctx.args, ctx.args[1]) end,
        methods = {
          ["p.sum"] = { stream = "in", handler = function(_, ctx)
            local sum = 0
            for item in ctx.input() do sum = sum + item end
            return sum
          end },
          ["p.relay"] = function(_, ctx)
            local pair = coroutine.wrap(function()
              for i = 1, 2 do coroutine.yield(ctx.call("host.double", i)) end
              error { code = "p.end", msg = "over" }
            end)
            local first, second = pair(), pair()
            local ok, failure = pcall(pair)
            return { first, second, failure.code }
          end,
          ["p.stream"] = function(_, ctx)
            local seen = array {}
            local stream = ctx.stream("host.items", { to = 5 })
            for item in stream do seen[#seen + 1] = item end
            for item in ctx.stream("host.items", { to = 5 }) do if item == null then break end end
            return { seen, stream.result }
          end,
          ["p.emit"] = function(_, ctx) ctx.emit(1) end,
          ["p.sort"] = function(_, ctx) table.sort({ 2, 1 }, function() ctx.sleep(0) return true end) end,
          ["p.own"] = function() return started.call("host.double", 21) end,
          ["p.log"] = function(_, ctx)
            ctx.log("plain") ctx.log.warn("careful", { n = 1 }) print(nil, 1, true)
            ctx.warn { code = "p.rounded", msg = "rounded" } ctx.progress(1, 2, "half")
            return ctx.publish("p.news", { n = 1 })
          end,
          ["p.heard"] = function() return heard end,
          ["p.late"] = function(_, ctx) late = ctx return true end,
          ["p.after"] = function() return late.call("host.double", 1) end,
          ["p.yield"] = function() coroutine.yield(1) end,
          ["p.bad"] = function(_, ctx) ctx.sleep("long") end,
        },
        events = { ["p.poke"] = function(payload) heard = heard + payload.n end },
      }`,
  }, { spec: { grants: ["call:**", "publish:**", "subscribe:p.poke"], config: { name: "box" }, args: ["a"] } });
  kernel.provide("host.double", (n: number) => 2 * n);
  kernel.provide("host.items", async function* ({ to }: { to: number }) {
    for (let i = 1; i <= to; i++) yield i === 3 ? null : i;
    return "done";
  });
  const news: unknown[] = [];
  kernel.subscribe("p.news", (payload) => void news.push(payload));

  expect(logs).toContain("info: config box 1 a");
  expect(await kernel.call("p.sum", null, { input: [1, 2, 39] })).toBe(42);
  expect(await kernel.call("p.relay")).toEqual([2, 4, "p.end"]);
  expect(await kernel.call("p.stream")).toEqual([[1, 2, null, 4, 5], "done"]);
  expect(await kernel.call("p.own")).toBe(42);
  expect(await kernel.call("p.log")).toBe(true);
  for (const line of ["info: plain", "warn: careful", "info: nil 1 true"]) await logged(line);
  expect(news).toEqual([{ n: 1 }]);
  kernel.publish("p.poke", { n: 4 });
  await expect.poll(() => kernel.call("p.heard")).toBe(4);

  expect(await failure(kernel.call("p.emit"))).toMatchObject({ code: "failed_precondition", message: expect.stringContaining("says nothing of a stream") as string });
  expect(await failure(kernel.call("p.sort"))).toMatchObject({ code: "internal", message: "attempt to yield across a C-call boundary" });
  expect(await failure(kernel.call("p.yield"))).toMatchObject({ code: "internal", message: expect.stringContaining("no coroutine of the script") as string });
  expect(await failure(kernel.call("p.bad"))).toMatchObject({ code: "invalid_argument", message: "sleep: milliseconds expected" });
  await kernel.call("p.late");
  expect(await failure(kernel.call("p.after"))).toMatchObject({ code: "cancelled" });
});

it("a script requires the files of its own folder and no others", async () => {
  const root = folderOf({
    "other/secret.lua": "return 'secret'",
    "p/plugin.json": JSON.stringify({ name: "p", version: "1.0.0", entry: "main.lua", methods: { "p.run": {} } }),
    "p/main.lua": method("local ok, value = pcall(require, params.name) return { ok, type(value) == 'table' and value.msg or value }"),
    "p/one.lua": "counter = (counter or 0) + 1 return { msg = 'one ' .. counter }",
    "p/deep/init.lua": "return require 'deep.inner'",
    "p/deep/inner.lua": "return { msg = ... }",
    "p/circle.lua": "return require 'circle'",
    "p/broken.lua": "return {",
    "p/.hidden.lua": "return 1",
  });
  symlinkSync(`${root}/other/secret.lua`, `${root}/p/linked.lua`);
  const kernel = kernelOf();
  await kernel.load({ path: `${root}/p` });
  const required = (name: string): Promise<unknown> => kernel.call("p.run", { name });
  expect(await required("one")).toEqual([true, "one 1"]);
  expect(await required("one")).toEqual([true, "one 1"]);
  expect(await required("deep")).toEqual([true, "deep.inner"]);
  for (const [name, says] of [
    ["none", "the plugin's folder has no file for 'none'"], ["linked", "no file for"], ["circle", "'circle' requires itself"], ["broken", "broken.lua:1: "],
    ["../other/secret", "is no name like"], ["/etc/passwd", "is no name like"], [".hidden", "is no name like"], ["", "is no name like"],
  ] as const) expect(await required(name), name).toEqual([false, expect.stringContaining(says)]);
  // A bare file is alone: what lies beside it may be another plugin's.
  await kernel.load({ name: "bare", path: `${root}/p/main.lua` }).catch(() => {});
  writeFileSync(`${root}/bare.lua`, method("return require 'p.one'").replace("p.run", "bare.run"));
  await kernel.load({ path: `${root}/bare.lua` });
  expect(await failure(kernel.call("bare.run"))).toMatchObject({ message: expect.stringContaining("no file for") as string });
});

it("a plugin that cannot be loaded says where and why", async () => {
  const attempt = (source: string, manifest?: object): Promise<unknown> => failure(load({ "main.lua": source }, { ...(manifest && { manifest }) }));
  expect(await attempt("return {\n  methods = {\n")).toMatchObject({ message: expect.stringContaining("main.lua:3: unexpected symbol near <eof>") as string, at: "main.lua:3" });
  expect(await attempt("error('no')")).toMatchObject({ message: expect.stringContaining("main.lua:1: no") as string });
  expect(await attempt("return 1")).toMatchObject({ message: expect.stringContaining("is a table, got number") as string });
  expect(await attempt("return { methods = { x = 1 } }")).toMatchObject({ message: expect.stringContaining("method 'x' is a function, got number") as string });
  expect(await attempt("return { methods = { ['p.x'] = { stream = 'sideways', handler = print } } }")).toMatchObject({ message: expect.stringContaining("stream is 'in', 'out' or 'both'") as string });
  expect(await attempt("return { start = function() error { code = 'failed_precondition', msg = 'no config' } end }")).toMatchObject({ code: "failed_precondition" });
  expect(await attempt("\u001bLua")).toMatchObject({ message: expect.stringContaining("binary chunk") as string });
  // A global is as good as what is returned, and a first line for the shell is none of Lua's.
  const { kernel } = await load({ "main.lua": "#!/usr/bin/env lua\nplugin = { methods = { ['p.run'] = function() return 1 end } }" });
  expect(await kernel.call("p.run")).toBe(1);
});

it("a manifest asks for fewer instructions, never for more, and a wrong setting is named with its place", async () => {
  const spin = method("for i = 1, params.n do end return true");
  const few = await load({ "main.lua": spin }, { manifest: { methods: { "p.run": {} }, modes: { lua: { instructions: 50_000 } } } });
  expect(await few.kernel.call("p.run", { n: 1000 })).toBe(true);
  expect(await failure(few.kernel.call("p.run", { n: 1_000_000 }))).toMatchObject({ code: "resource_exhausted", message: "method 'p.run' used its 50000 instructions" });
  const many = await load({ "main.lua": spin }, { lua: { instructions: 50_000 }, manifest: { methods: { "p.run": {} }, modes: { lua: { instructions: 1e9 } } } });
  expect(await failure(many.kernel.call("p.run", { n: 1_000_000 }))).toMatchObject({ message: "method 'p.run' used its 50000 instructions" });
  expect(await failure(load({ "main.lua": spin }, { manifest: { modes: { lua: { instructions: "many" } } } }))).toMatchObject({
    code: "invalid_argument", message: expect.stringMatching(/plugin\.json:1:\d+: modes\.lua\.instructions: expected an integer, got "many"/) as string,
  });
  expect(await failure(load({ "main.lua": spin }, { manifest: { modes: { lua: { memory: 1 } } } }))).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("one of the fields instructions") as string });
});

it("too many files are refused before anything runs", async () => {
  const root = folderOf({ "plugin.json": JSON.stringify({ name: "p", version: "1.0.0", entry: "main.lua", methods: {} }), "main.lua": method("") });
  mkdirSync(`${root}/many`);
  for (let i = 0; i < 300; i++) writeFileSync(`${root}/many/f${i}.lua`, "");
  expect(await failure(kernelOf().load({ path: root }))).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("more than 256 files") as string });
});
