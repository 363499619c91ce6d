import { chmodSync, mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { load } from "./harness.js";

const version = (n: number, more = ""): string => `
  local text = require "text"
  return {
    start = function(ctx) ${more} print("start ${n}") end,
    stop = function() print("stop ${n}") end,
    methods = {
      ["p.version"] = function() return text.mark(${n}) end,
      ["p.slow"] = function(_, ctx) ctx.publish("p.waiting", ${n}) ctx.call("host.wait") return ${n} end,
    },
  }`;
const TEXT = `return { mark = function(n) return "v" .. n end }`;
const MANIFEST = { methods: { "p.version": {}, "p.slow": {} }, needs: ["call:host.wait", "publish:p.waiting"] };

it("an edit runs from the next call on; calls under way finish on the old code; a broken one changes nothing", async () => {
  const { kernel, root, logs, logged } = await load({ "main.lua": version(1), "text.lua": TEXT }, { manifest: MANIFEST, spec: { grants: ["call:host.wait", "publish:p.waiting"] } });
  let release!: () => void;
  const wait = new Promise<void>((done) => (release = done));
  kernel.provide("host.wait", () => wait);
  const edit = (text: string, file = "main.lua"): void => writeFileSync(`${root}/${file}`, text);
  const now = (): Promise<unknown> => kernel.call("p.version");
  const instance = kernel.list()[0]?.instance;

  expect(await now()).toBe("v1");
  const waiting = new Promise<void>((heard) => kernel.subscribe("p.waiting", () => heard()));
  const slow = kernel.call("p.slow");
  await waiting;
  // Its start takes a while; calls wait for it.
  edit(version(2, "ctx.sleep(20)"));
  expect(await Promise.all([now(), now()])).toEqual(["v2", "v2"]);
  expect(logs).toContain("info: start 2");
  expect(logs).not.toContain("info: stop 1");
  release();
  expect(await slow).toBe(1);
  await logged("stop 1");

  // The place of what is wrong, and the code that runs.
  edit("return {\n  methods = {\n");
  expect(await now()).toBe("v2");
  await logged("error: the changed script does not run, the one before stays: main.lua:3:");
  edit(version(3, "error('not today')"));
  expect(await now()).toBe("v2");
  await logged("not today");
  edit("while true do end");
  expect(await now()).toBe("v2");
  await logged("main.lua used its");
  writeFileSync(`${root}/main.lua`, new Uint8Array([0xff, 0xfe]));
  expect(await now()).toBe("v2");
  await logged("is not UTF-8 text");
  rmSync(`${root}/main.lua`);
  expect(await now()).toBe("v2");
  await logged("ENOENT");

  // Nor is what is no file of the plugin's.
  mkdirSync(`${root}/main.lua`);
  expect(await now()).toBe("v2");
  await logged("is not a file");
  rmdirSync(`${root}/main.lua`);
  symlinkSync("/etc/passwd", `${root}/main.lua`);
  expect(await now()).toBe("v2");
  await logged("ELOOP");
  rmSync(`${root}/main.lua`);
  edit(version(3));
  chmodSync(`${root}/main.lua`, 0o666);
  expect(await now()).toBe("v2");
  await logged("another user can write");
  rmSync(`${root}/main.lua`);

  // As editors save: a new file under the old name. A file that is required counts as well.
  edit(version(4), "main.lua.new");
  renameSync(`${root}/main.lua.new`, `${root}/main.lua`);
  expect(await now()).toBe("v4");
  edit(TEXT.replace('"v"', '"w"'), "text.lua");
  expect(await now()).toBe("w4");

  // What the host was told of the methods stands.
  edit(version(5).replace('["p.version"]', '["p.other"]'));
  expect(await now().catch((error: unknown) => error)).toMatchObject({ code: "unimplemented", message: expect.stringContaining("has no method 'p.version' any more") as string });
  await logged("has a new method 'p.other'");
  edit(version(6));
  expect(await now()).toBe("w6");
  expect(kernel.list()[0]?.instance).toBe(instance);
});

it("with reload off a file is what it was when it was loaded", async () => {
  const { kernel, root } = await load({ "main.lua": version(1), "text.lua": TEXT }, { manifest: MANIFEST, lua: { reload: false } });
  writeFileSync(`${root}/main.lua`, version(2));
  expect(await kernel.call("p.version")).toBe("v1");
});
