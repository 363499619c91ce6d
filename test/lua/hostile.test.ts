import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { kernelOf, load, method } from "./harness.js";

const EVIL = fileURLToPath(new URL("../gauntlet/lua/evil.lua", import.meta.url));
const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

it("what it computes and keeps is bounded, however it hides it, and the instance lives on", async () => {
  const kernel = kernelOf({ instructions: 3_000_000 });
  await kernel.load({ name: "evil", path: EVIL, limits: { memoryMb: 64, frameBytes: 1 << 16 } });
  const instance = (): string | undefined => kernel.list()[0]?.instance;
  const first = instance();
  const attack = (name: string): Promise<unknown> => failure(kernel.call("evil.attack", { attack: name }));
  for (const name of ["loop", "pcall", "tailcall", "coroutines", "nested", "close", "shut", "tostring", "sort"]) {
    expect(await attack(name), name).toMatchObject({ code: "resource_exhausted", message: "method 'evil.attack' used its 3000000 instructions", source: "plugin" });
    expect(await kernel.call("evil.ping")).toBe("ok");
  }
  for (const name of ["cycle", "explosion"]) expect(await attack(name), name).toMatchObject({ code: "resource_exhausted" });
  expect(await attack("prototype")).toMatchObject({ code: "internal" });
  expect(await attack("recursion")).toMatchObject({ code: "resource_exhausted" });
  expect(await attack("callbacks")).toMatchObject({ code: "internal", message: expect.stringContaining("C stack overflow") as string });
  expect(await attack("parser")).toMatchObject({ code: "internal" });
  for (const name of ["memory", "bomb"]) {
    expect(await attack(name), name).toMatchObject({ code: "resource_exhausted", message: "the script has no memory left" });
    expect(await kernel.call("evil.ping")).toBe("ok");
  }
  expect(await kernel.call("evil.ping")).toBe("ok");
  expect(instance()).toBe(first);
});

it("what no hook sees ends at the deadline, with the instance", async () => {
  const kernel = kernelOf();
  await kernel.load({ name: "evil", path: EVIL });
  const first = kernel.list()[0]?.instance;
  expect(await failure(kernel.call("evil.attack", { attack: "pattern" }, { timeoutMs: 200 }))).toMatchObject({ code: "deadline_exceeded" });
  await expect.poll(() => kernel.call("evil.ping").catch(() => undefined), { timeout: 10_000 }).toBe("ok");
  expect(kernel.list()[0]?.instance).not.toBe(first);
});

it("nothing leads out: what a script reaches is the list in the README", async () => {
  const kernel = kernelOf();
  await kernel.load({ name: "evil", path: EVIL });
  expect(await kernel.call("evil.attack", { attack: "reach" })).toEqual({ got: [] });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const reached = await load({
    "main.lua": method(`
      local names, seen = {}, {}
      local function walk(value, name)
        if type(value) == "table" then
          if seen[value] then return end
          seen[value] = true
          for key, item in next, value do walk(item, name == "" and tostring(key) or name .. "." .. tostring(key)) end
        elseif name ~= "" then names[#names + 1] = name end
      end
      walk(_G, "")
      table.sort(names)
      return names`),
  });
  expect(await reached.kernel.call("p.run")).toMatchInlineSnapshot(`
    [
      "_VERSION",
      "array",
      "assert",
      "bytes",
      "collectgarbage",
      "coroutine.close",
      "coroutine.create",
      "coroutine.isyieldable",
      "coroutine.resume",
      "coroutine.running",
      "coroutine.status",
      "coroutine.wrap",
      "coroutine.yield",
      "debug.traceback",
      "error",
      "getmetatable",
      "ipairs",
      "load",
      "math.abs",
      "math.acos",
      "math.asin",
      "math.atan",
      "math.ceil",
      "math.cos",
      "math.deg",
      "math.exp",
      "math.floor",
      "math.fmod",
      "math.huge",
      "math.log",
      "math.max",
      "math.maxinteger",
      "math.min",
      "math.mininteger",
      "math.modf",
      "math.pi",
      "math.rad",
      "math.random",
      "math.randomseed",
      "math.sin",
      "math.sqrt",
      "math.tan",
      "math.tointeger",
      "math.type",
      "math.ult",
      "next",
      "null",
      "os.clock",
      "os.difftime",
      "os.time",
      "pairs",
      "pcall",
      "print",
      "rawequal",
      "rawget",
      "rawlen",
      "rawset",
      "require",
      "select",
      "setmetatable",
      "string.byte",
      "string.char",
      "string.find",
      "string.format",
      "string.gmatch",
      "string.gsub",
      "string.len",
      "string.lower",
      "string.match",
      "string.pack",
      "string.packsize",
      "string.rep",
      "string.reverse",
      "string.sub",
      "string.unpack",
      "string.upper",
      "table.concat",
      "table.insert",
      "table.move",
      "table.pack",
      "table.remove",
      "table.sort",
      "table.unpack",
      "time",
      "tonumber",
      "tostring",
      "type",
      "utf8.char",
      "utf8.charpattern",
      "utf8.codepoint",
      "utf8.codes",
      "utf8.len",
      "utf8.offset",
      "xpcall",
    ]
  `);
});

it("a cancelled handler hears of it, and one that goes on computing is ended alone", async () => {
  const { kernel, logged } = await load({
    "main.lua": `return { methods = {
      ["p.wait"] = function(_, ctx)
        local ok, failure = pcall(ctx.sleep, 60000)
        print("cleaned up: " .. failure.code .. " " .. tostring(ctx.cancelled()))
        error(failure, 0)
      end,
      ["p.spin"] = function() while true do end end,
      ["p.deaf"] = function(_, ctx) while true do pcall(ctx.sleep, 1000) end end,
      ["p.items"] = { stream = "out", handler = function(_, ctx)
        local done <close> = setmetatable({}, { __close = function() print("closed") end })
        for i = 1, math.huge do ctx.emit(i) end
      end },
      ["p.ping"] = function() return "ok" end,
    } }`,
  });
  const instance = kernel.list()[0]?.instance;
  for (const name of ["p.wait", "p.spin", "p.deaf"]) {
    const controller = new AbortController();
    const call = failure(kernel.call(name, null, { signal: controller.signal }));
    // Others have their turn while one computes.
    expect(await kernel.call("p.ping")).toBe("ok");
    controller.abort();
    expect(await call, name).toMatchObject({ code: "cancelled" });
  }
  await logged("cleaned up: cancelled true");
  for await (const item of kernel.stream("p.items")) if (item === 3) break;
  await logged("closed");
  expect(await failure(kernel.call("p.spin", null, { timeoutMs: 50 }))).toMatchObject({ code: "deadline_exceeded" });
  expect(await kernel.call("p.ping")).toBe("ok");
  expect(kernel.list()[0]?.instance).toBe(instance);
});
