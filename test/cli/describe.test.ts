import { expect, test } from "vitest";
import { fixture, folder, sallyport, talking } from "./sallyport.js";

const manifest = { name: "noted", version: "1.0.0", entry: "index.js", methods: { "noted.a": { description: "First." } }, needs: ["call:ledger.balance"] };

test("list shows each plugin, what it may do and what it was denied", async () => {
  const cwd = await folder({ "sallyport.json": talking({ grants: ["publish:talk.small"], limits: { memoryMb: 64 }, sandbox: "none" }) });
  const ran = await sallyport(["list"], { cwd });
  expect(ran.code).toBe(0);
  for (const part of ["talker", "stdio", "ready", "talk.echo", "publish:talk.small", "publish:talk.**", "64 MiB", "unsafe"]) expect(ran.stdout).toContain(part);
  expect(ran.stdout).not.toContain("\u001b");
});

test("list --json is the kernel's own list", async () => {
  const cwd = await folder({ "sallyport.json": talking({ sandbox: "none" }) });
  const ran = await sallyport(["list", "--json"], { cwd });
  expect(JSON.parse(ran.stdout)).toMatchObject([{ name: "talker", version: "1.2.3", mode: "stdio", state: "ready", unsafe: true, denied: ["publish:talk.**"], grants: [] }]);
});

test("a plugin whose manifest lists its methods is described without being started", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: { noted: "." } }, "plugin.json": manifest, "index.js": "throw new Error('was started');" });
  const ran = await sallyport(["list", "--json"], { cwd });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(ran.stdout)).toMatchObject([{ name: "noted", state: "idle", methods: [{ name: "noted.a" }], denied: ["call:ledger.balance"] }]);
});

test("api lists every method with its provider", async () => {
  const cwd = await folder({ "sallyport.json": talking() });
  const text = await sallyport(["api"], { cwd });
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/talk\.count +talker +out/);
  const json = await sallyport(["api", "--json", "--plugin", fixture("talker")], { cwd });
  expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ name: "talk.count", provider: "talker", stream: "out" }));
});

test("check reads manifests without running anything and tells what is not granted", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: { noted: "." } }, "plugin.json": manifest, "index.js": "throw new Error('was started');" });
  const ran = await sallyport(["check"], { cwd });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^ok noted .*index\.js$/m);
  expect(ran.stderr).toContain("call:ledger.balance");
});

test("check names file, line and column in a broken manifest", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: { noted: "./p" } }, "p/plugin.json": `{ "name": "noted",\n  "version": "one", "entry": "index.js" }`, "p/index.js": "" });
  const ran = await sallyport(["check"], { cwd });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/plugin\.json:2:14: version: expected a semantic version/);
});

test("check --start starts each plugin, and the one that cannot is named", async () => {
  const cwd = await folder({ "sallyport.json": `{ "plugins": { "good": "${fixture("talker")}",\n  "bad": "${fixture("mumbler")}" } }` });
  expect(await sallyport(["check"], { cwd })).toMatchObject({ code: 0 });
  const ran = await sallyport(["check", "--start"], { cwd });
  expect(ran.code).toBe(2);
  expect(ran.stdout).toMatch(/^ok good .*started$/m);
  expect(ran.stderr).toMatch(/sallyport\.json:2:10: cannot load plugin 'bad'/);
});
