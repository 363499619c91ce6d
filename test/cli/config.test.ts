import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHost, type HostConfig } from "sallyport";
import { folder, fixture, sallyportHere as sallyport } from "./sallyport.js";

/** Each config with the place and the expectation that its error has to name. */
const WRONG: readonly (readonly [name: string, text: string, place: string, expected: string])[] = [
  ["grants as a string", `{ "plugins": {\n  "fx": { "path": "./fx", "grants": "call:a" } } }`, ":2:37:", "expected an array"],
  ["a grant of everything", `{ "plugins": {\n  "fx": { "path": "./fx", "grants": ["*"] } } }`, ":2:38:", "expected a grant: call:, publish:, subscribe: or secret:"],
  ["a limit of 0", `{ "plugins": { "fx": { "path": "./fx",\n "limits": { "memoryMb": 0 } } } }`, ":2:26:", "expected a whole number from 1 to 1048576, got 0"],
  ["an endless limit", `{ "plugins": { "fx": { "path": "./fx",\n "limits": { "queue": 1e308 } } } }`, ":2:23:", "expected a whole number from 1 to 65536"],
  ["a limit as text", `{ "plugins": { "fx": { "path": "./fx",\n "limits": { "queue": "many" } } } }`, ":2:23:", `expected an integer, got "many"`],
  ["a sandbox that does not exist", `{ "plugins": { "fx": { "path": "./fx",\n "sandbox": "paranoid" } } }`, ":2:13:", `expected one of "auto", "strict", "limits", "none"`],
  ["permissions as a list", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": ["*"] } } }`, ":2:17:", "expected an object"],
  ["a permission of no kind", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": { "exec": ["sh"] } } } }`, ":2:19:", "expected one of the fields read, write, net, run"],
  ["a permission as text", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": { "net": "*" } } } }`, ":2:26:", "expected an array"],
  ["an address with a scheme", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": { "net": ["https://a.example"] } } } }`, ":2:27:", "expected `*`, `*:443` or `api.example.com:443`"],
  ["a program by relative path", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": { "run": ["../sh"] } } } }`, ":2:27:", "expected an absolute path, a name that is on PATH"],
  ["an empty path", `{ "plugins": { "fx": { "path": "./fx",\n "permissions": { "read": [""] } } } }`, ":2:28:", "expected the path of a file or folder"],
  ["an unknown field", `{ "plugins": { "fx": { "path": "./fx",\n  "grant": [] } } }`, ":2:3:", "expected one of the fields"],
  ["an unknown field on top", `{ "plugin": {},\n  "plugins": {} }`, ":1:3:", "plugins, timeoutMs, debug"],
  ["no plugins", `{\n}`, ":1:1:", `expected the field "plugins", got none`],
  ["a plugin that is a number", `{ "plugins": {\n  "fx": 7 } }`, ":2:9:", "expected a string or an object, got 7"],
  ["a plugin without path", `{ "plugins": {\n  "fx": { "args": [] } } }`, ":2:9:", `expected the field "path", got none`],
  ["an impossible name", `{ "plugins": {\n  "../fx": "./fx" } }`, ":2:3:", "expected a name of a-z"],
  ["__proto__", `{ "plugins": {\n  "__proto__": "./fx" } }`, ":2:3:", "expected any other key"],
  ["a key twice", `{ "plugins": { "fx": "./a",\n  "fx": "./b" } }`, ":2:3:", "expected each key once"],
  ["trust that does not exist", `{ "plugins": { "fx": { "path": "./fx",\n "trust": "total" } } }`, ":2:11:", `expected one of "untrusted", "reviewed", "trusted"`],
  ["inline without trust", `{ "plugins": { "fx": { "path": "./fx",\n "mode": "inline" } } }`, ":2:10:", `expected "trust": "trusted"`],
  ["restart: true", `{ "plugins": { "fx": { "path": "./fx",\n "restart": true } } }`, ":2:13:", "expected false, or an object"],
  ["a comment", `{ // plugins\n  "plugins": {} }`, ":1:3:", "JSON without comments"],
  ["a missing comma", `{ "plugins": {\n  "a": "./a"\n  "b": "./b" } }`, ":3:3:", "expected ','"],
];

test.each(WRONG)("%s: file, line, column and what was expected", async (_name, text, place, expected) => {
  const cwd = await folder({ "sallyport.json": text });
  const ran = await sallyport(["check"], { cwd });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(`sallyport.json${place}`);
  expect(ran.stderr).toContain(expected);
});

test("every problem is listed, not only the first", async () => {
  const cwd = await folder({ "sallyport.json": `{ "plugins": {\n "a": { "path": "x", "grants": "y" },\n "b": 1 } }` });
  const { stderr } = await sallyport(["check"], { cwd });
  expect(stderr).toContain("sallyport.json:2:");
  expect(stderr).toContain("sallyport.json:3:");
});

test("a path that leads nowhere names the plugin and its line", async () => {
  const cwd = await folder({ "sallyport.json": `{ "plugins": {\n  "fx": "./nowhere" } }` });
  for (const command of [["check"], ["run"], ["call", "fx.convert"]]) {
    const ran = await sallyport(command, { cwd });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("sallyport.json:2:9");
    expect(ran.stderr).toContain("nowhere");
  }
});

test("without a config two lines show what one looks like", async () => {
  const cwd = await folder({});
  const ran = await sallyport(["list"], { cwd });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(/there is no sallyport\.json in .* or above it/);
  expect(ran.stderr).toContain(`{ "plugins": {`);
  const named = await sallyport(["list", "--config", "other.json"], { cwd });
  expect(named.stderr).toContain(join(cwd, "other.json"));
});

test("the config is found upward, and its paths start from its own folder", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: { greeter: "./greeter.js" } }, "greeter.js": "export default { methods: {} };", "deep/er/x": "" });
  const ran = await sallyport(["check", "--json"], { cwd: join(cwd, "deep/er") });
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, plugins: [{ plugin: "greeter", entry: expect.stringMatching(/greeter\.js$/) as string }] });
});

test.skipIf(process.platform === "win32")("a config that every user can write is refused with the command that mends it", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: {} } });
  await chmod(join(cwd, "sallyport.json"), 0o666);
  const ran = await sallyport(["check"], { cwd });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("chmod o-w");
});

test("a config object's error names the field", async () => {
  const config = { plugins: { fx: { path: fixture("talker"), grants: "call:a" } } } as unknown as HostConfig;
  await expect(createHost(config)).rejects.toMatchObject({ code: "invalid_argument", path: "plugins.fx.grants", message: expect.stringContaining("plugins.fx.grants: expected an array") as string });
});
