import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fixture, folder, sallyport } from "../cli/sallyport.js";

const config = (audit: unknown, plugin: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ plugins: { greeter: { path: fixture("greeter.js"), ...plugin } }, audit });

test("call, verify, show: a log of what the config names", async () => {
  const cwd = await folder({ "sallyport.json": config({ file: "audit.jsonl", crossings: "all" }) });
  await chmod(cwd, 0o700);
  expect(await sallyport(["call", "greet.hello", '{"name":"me"}'], { cwd })).toMatchObject({ code: 0 });
  expect(await sallyport(["call", "greet.balance", "{}"], { cwd })).toMatchObject({ code: 1 });
  const good = await sallyport(["audit", "verify"], { cwd });
  expect(good).toMatchObject({ code: 0, stderr: "" });
  expect(good.stdout).toMatch(/^ok .*audit\.jsonl: \d+ lines in 1 file, until 2/m);
  expect(good.stdout).toMatch(/^ok .*audit\.crossings\.jsonl: /m);
  const shown = await sallyport(["audit", "show", "audit.jsonl", "--plugin", "greeter", "--event", "denied"], { cwd });
  expect(shown.stdout).toMatch(/^ +\d+ \S+Z greeter denied instance=\S+ reason=call:ledger\.balance/);
  expect((await sallyport(["audit", "show", "audit.jsonl", "--last", "1", "--json"], { cwd })).stdout).toMatch(/"event":"closed"/);

  const [, head = ""] = /head (\d+:[0-9a-f]{64})/.exec(good.stdout) ?? [];
  expect(await sallyport(["audit", "verify", "audit.jsonl", "--head", head], { cwd })).toMatchObject({ code: 0 });
  const text = await readFile(join(cwd, "audit.jsonl"), "utf8");
  await writeFile(join(cwd, "audit.jsonl"), text.replace("call:ledger.balance", "call:ledger.close"));
  const bad = await sallyport(["audit", "verify", "audit.jsonl", "audit.jsonl.head"], { cwd });
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/^audit\.jsonl:\d+ line \d+ of the log was changed, or the one before it\nFAILED audit\.jsonl: 1 problem in /);
  const json = await sallyport(["audit", "verify", "audit.jsonl", "--json"], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, logs: [{ isWhole: false, problems: [{ file: "audit.jsonl" }] }] });
}, 120_000);

test("list, api and check leave a log alone that a running host writes", async () => {
  const cwd = await folder({ "sallyport.json": config({ file: "audit.jsonl" }) });
  await chmod(cwd, 0o700);
  await writeFile(join(cwd, "audit.jsonl.lock"), "held by somebody", { mode: 0o600 });
  for (const command of ["list", "api", "check"]) expect(await sallyport([command], { cwd }), command).toMatchObject({ code: 0 });
  const refused = await sallyport(["call", "greet.hello", "{}"], { cwd });
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toMatch(/^conflict .*audit\.jsonl is locked[^]*fix +Make sure that no host writes it, then run: rm /);
}, 120_000);

test.each([
  ["no file", {}, /sallyport\.json:1:\d+: audit: expected the field "file", got none/],
  ["a wish for everything", { file: "a.jsonl", crossings: "everything" }, /audit\.crossings: expected "all", "denied", or an object such as \{"every": 100\}, got "everything"/],
  ["one in none", { file: "a.jsonl", crossings: { every: 0 } }, /audit\.crossings\.every: expected a whole number from 2/],
  ["no room", { file: "a.jsonl", maxMb: 0 }, /audit\.maxMb: expected a whole number from 1 to 65536, got 0/],
  ["a field of somebody else", { file: "a.jsonl", path: "b" }, /audit\.path/],
])("%s: file, line and column", async (_name, audit, message) => {
  const cwd = await folder({ "sallyport.json": config(audit) });
  const ran = await sallyport(["check"], { cwd });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(message);
});

test("without an audit there is nothing to verify", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: {} } });
  expect(await sallyport(["audit", "verify"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringMatching(/^not_found [^]*"audit": \{ "file"/) as string });
  expect(await sallyport(["audit", "verify", "none.jsonl"], { cwd })).toMatchObject({ code: 2 });
});

test("the config that the README shows is one", async () => {
  const readme = await readFile(fileURLToPath(new URL("../../cli/README.md", import.meta.url)), "utf8");
  const [shown = ""] = [...readme.matchAll(/^```json\n([^]*?)^```$/gm)].map((match) => match[1] as string).filter((block) => block.includes('"audit"'));
  const cwd = await folder({ "sallyport.json": shown, "plugins/fx/plugin.json": { name: "fx", version: "1.0.0", entry: "index.js", methods: { "fx.hello": {} } }, "plugins/fx/index.js": await readFile(fixture("greeter.js"), "utf8") });
  expect(await sallyport(["check"], { cwd })).toMatchObject({ code: 0 });
});
