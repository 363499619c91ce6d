import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, LIMIT_NAMES, MAX_LIMITS } from "@sallyport/bus";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";
import { compileSchema, manifestSchema, readJsonFile, readPlugin } from "@sallyport/manifest";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown, mode = 0o644): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}
const read = (spec: Partial<PluginSpec> = {}): Promise<PluginSource | undefined> => readPlugin({ path: folder, ...spec }, new AbortController().signal);
const minimal = { name: "fx", version: "1.0.0", entry: "index.js" };

describe("what a path can name", () => {
  test("a folder with plugin.json, or that file", async () => {
    write("index.js", "");
    write("plugin.json", { $schema: "./plugin.schema.json", ...minimal });
    const expected = { name: "fx", kind: "module", root: folder, entry: join(folder, "index.js"), manifest: minimal };
    expect(await read()).toEqual(expected);
    expect(await read({ path: "plugin.json", base: folder, name: "other" })).toEqual({ ...expected, name: "other" });
  });

  test("a folder with package.json and the field sallyport, which inherits", async () => {
    write("main.py", "", 0o755);
    write("package.json", { name: "@me/fx", version: "2.0.0", license: "MIT", sallyport: { name: "fx", entry: "main.py" } });
    expect(await read()).toMatchObject({ name: "fx", kind: "executable", manifest: { version: "2.0.0", license: "MIT" } });
  });

  test("a folder with package.json and main, or with an index module", async () => {
    write("lib/start.mjs", "");
    write("package.json", { main: "lib/start.mjs" });
    expect(await read({ name: "fx" })).toEqual({ name: "fx", kind: "module", root: folder, entry: join(folder, "lib/start.mjs"), manifest: undefined });
    rmSync(join(folder, "package.json"));
    write("index.ts", "");
    expect(await read({ name: "fx" })).toMatchObject({ entry: join(folder, "index.ts") });
  });

  test("a bare module or executable, without looking for manifests around it", async () => {
    write("plugin.json", "not even JSON");
    write("rules.ts", "");
    write("Upper Case.py", "#!/usr/bin/env python3\n", 0o755);
    expect(await read({ path: join(folder, "rules.ts") })).toMatchObject({ name: "rules", kind: "module", manifest: undefined });
    expect(await read({ path: join(folder, "Upper Case.py") })).toMatchObject({ name: "upper-case", kind: "executable", root: folder });
  });

  test("nothing that a mode runs: undefined", async () => {
    const PROGRAMS = { mode: "stdio", kinds: ["executable"] };
    expect(await readPlugin({ path: write("plugin.wasm", "\0asm") }, new AbortController().signal, PROGRAMS)).toBeUndefined();
  });

  test.each([
    ["mode stdio makes a program of a module", { mode: "stdio" }, "executable"],
    ["a command makes a program of a module", { command: ["node"] }, "executable"],
    ["a named mode goes before the command", { command: ["node"], mode: "process" }, "module"],
  ])("%s", async (_name, extra, kind) => {
    write("index.js", "#!/usr/bin/env node\n", 0o755);
    write("plugin.json", { ...minimal, ...extra });
    expect(await read()).toMatchObject({ kind });
  });

  test.each([
    ["what does not exist", { path: "nowhere" }, "not_found", "nowhere"],
    ["an empty folder", {}, "not_found", "plugin.json"],
    ["an empty path", { path: "" }, "invalid_argument", "not a path"],
    ["a NUL in the path", { path: "a\0b" }, "invalid_argument", "not a path"],
    ["a name that cannot be one", { name: "Fx!" }, "invalid_argument", "Fx!"],
  ])("refused: %s", async (_name, spec, code, text) => {
    await expect(read({ base: folder, ...spec })).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  test.skipIf(process.platform === "win32")("a script that nobody made executable: the remedy is in the error", async () => {
    const path = write("up.sh", "#!/bin/sh\n");
    await expect(read({ path })).rejects.toMatchObject({ code: "spawn_failed", help: expect.stringContaining(`chmod +x ${path}`) });
    write("plugin.json", { ...minimal, entry: "up.sh" });
    await expect(read()).rejects.toMatchObject({ code: "spawn_failed" });
  });
});

describe("a broken manifest: file, line, column, what was expected", () => {
  test("every problem at once, in the order of the file", async () => {
    const file = write(
      "plugin.json",
      `{
  "name": "Fx",
  "version": "01.0.0",
  "entri": "index.js",
  "limits": { "memoryMb": 0, "inflight": "16" },
  "permissions": { "net": ["tcp://x"], "run": "awk", "home": [] },
  "methods": { "a..b": {}, "ok": { "stream": "sideways" } },
  "needs": "call:x"
}`,
    );
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "invalid_argument", path: expect.any(String) });
    const places = (error as Error).message.split("\n").map((line) => line.replace(`${file}:`, "").replace(/, got .*/, ""));
    expect(places).toEqual([
      '1:1: expected the field "entry"',
      "2:11: name: expected a name of a-z, 0-9, _ and - that begins with a letter, at most 64 characters",
      "3:14: version: expected a semantic version such as 1.2.3",
      expect.stringMatching(/^4:3: entri: expected one of the fields name, version, /),
      "5:27: limits.memoryMb: expected >= 1",
      "5:42: limits.inflight: expected an integer",
      "6:28: permissions.net.0: expected `*`, `*:443` or `api.example.com:443`",
      "6:47: permissions.run: expected an array",
      expect.stringMatching(/^6:54: permissions.home: expected one of the fields read, write, net, run/),
      "7:16: methods.a..b: expected a method name: dot-separated words of letters, digits, _ and -",
      '7:46: methods.ok.stream: expected one of "in", "out", "both"',
      "8:12: needs: expected an array",
    ]);
  });

  test.each([
    ["a comment", '{\n  // no\n}', "2:3: expected JSON without comments"],
    ["a trailing comma", '{\n  "name": "fx",\n}', "3:1: expected"],
    ["a missing comma", '{ "name": "fx"\n  "version": "1.0.0" }', "2:3: expected ','"],
    ["half a file", '{ "name": "f', "1:11: expected a closing double quote"],
    ["an empty file", "", "1:1: expected a value, got the end of the file"],
    ["a duplicate key", '{ "name": "fx",\n  "name": "gx" }', '2:3: name: expected each key once, got "name" again, first in line 1'],
    ["__proto__", '{\n  "__proto__": {} }', "2:3: __proto__: expected any other key"],
    ["a bottomless file", "[".repeat(100_000), "1:65: expected nesting of at most 64 levels"],
    ["another type", "[]", "1:1: expected an object"],
  ])("%s", async (_name, text, message) => {
    const file = write("plugin.json", text);
    await expect(read()).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining(`${file}:${message}`) });
  });

  test.each([
    ["duplicate keys", () => `{ ${'"name":1,'.repeat(50_000)} "x": 1 }`],
    ["unknown fields", () => JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])))],
  ])("%s in fifty thousand places are looked at a hundred times", async (_name, text) => {
    write("plugin.json", text());
    await expect(read()).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("and 80 more") });
  });

  test.skipIf(process.platform === "win32")("a pipe is not opened", async () => {
    execFileSync("/usr/bin/env", ["mkfifo", join(folder, "plugin.json")]);
    await expect(read()).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("is not a file") });
  });

  test("a byte order mark is not an error", async () => {
    write("index.js", "");
    write("plugin.json", `\ufeff${JSON.stringify(minimal)}`);
    expect(await read()).toMatchObject({ name: "fx" });
  });

  test("in package.json the place is that of the field, or of what it inherits", async () => {
    write("index.js", "");
    write("package.json", '{\n  "version": "one",\n  "sallyport": {\n    "name": "fx", "entry": "index.js", "limits": 3\n  }\n}');
    await expect(read()).rejects.toMatchObject({ message: expect.stringMatching(/package\.json:2:14: version: [^]*package\.json:4:50: sallyport\.limits: /) });
  });

  test.each(["1.0", "v1.0.0", ">=1.0.0", "1.0.0-01", "1.0.00", "99999999999999999999.0.0", "1.0.0\n"])("version %j is none", async (version) => {
    write("plugin.json", { ...minimal, version });
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining("semantic version") });
  });

  test.each(["*", "call", "call:", "call:a..b", "call:a.**.b", "CALL:a", "publish:a.", { call: "a" }])("grant %j is none", async (grant) => {
    write("plugin.json", { ...minimal, needs: [grant] });
    await expect(read()).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("an entry cannot leave its folder", () => {
  test.each([
    ["by ..", "../secret.js", "leads out"],
    ["by .. in the middle", "lib/../../secret.js", "leads out"],
    ["as an absolute path", "/bin/sh", "absolute"],
    ["as a Windows path", "C:\\Windows\\cmd.exe", "absolute"],
    ["as a UNC path", "\\\\?\\C:\\x", "absolute"],
    ["by a NUL", "index.js\0.txt", "NUL"],
    ["by a link to a file", "link.js", "link"],
    ["by a linked folder", "out/secret.js", "link"],
    ["to nothing", "gone.js", "nothing exists"],
    ["to a folder", "lib", "not a file"],
    ["to itself", ".", "leads out"],
  ])("%s", async (_name, entry, text) => {
    write("secret.js", "");
    mkdirSync(join(folder, "plugin/lib"), { recursive: true });
    symlinkSync(join(folder, "secret.js"), join(folder, "plugin/link.js"));
    symlinkSync(folder, join(folder, "plugin/out"));
    const file = write("plugin/plugin.json", JSON.stringify({ ...minimal, entry }));
    await expect(read({ path: join(folder, "plugin") })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(new RegExp(`^${file}:1:\\d+: entry: expected a file inside the plugin's folder, got .*${text}`)),
    });
  });

  test("a link inside is fine, and resolved", async () => {
    write("lib/real.js", "");
    symlinkSync("lib/real.js", join(folder, "index.js"));
    write("plugin.json", minimal);
    expect(await read()).toMatchObject({ entry: join(folder, "lib/real.js") });
  });
});

describe.skipIf(process.platform === "win32")("files that others could write", () => {
  test.each([
    ["the manifest", "plugin.json"],
    ["the entry", "index.js"],
  ])("%s is refused with the fixing command", async (_name, name) => {
    write("index.js", "");
    write("plugin.json", minimal);
    chmodSync(join(folder, name), 0o666);
    await expect(read()).rejects.toMatchObject({ code: "permission_denied", help: `Run: chmod o-w ${join(folder, name)}` });
  });

  test("and so is their folder", async () => {
    write("index.js", "");
    write("plugin.json", minimal);
    chmodSync(folder, 0o777);
    await expect(read()).rejects.toMatchObject({ code: "permission_denied", help: `Run: chmod o-w ${folder}` });
  });

  test.skipIf(process.getuid?.() !== 0)("or that belong to someone else", async () => {
    write("index.js", "");
    chownSync(write("plugin.json", minimal), 4711, 0);
    await expect(read()).rejects.toMatchObject({ code: "permission_denied", message: expect.stringContaining("4711"), help: expect.stringContaining("chown") });
  });
});

describe("the schema", () => {
  test("is published and states the bus's own limits", () => {
    const published: unknown = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("@sallyport/manifest/plugin.schema.json"), "utf8"));
    expect(published).toEqual(manifestSchema);
    const { limits } = manifestSchema["$defs"] as { limits: { properties: Record<string, { default: number; maximum: number; description: string }> } };
    expect(Object.keys(limits.properties)).toEqual(LIMIT_NAMES);
    for (const name of LIMIT_NAMES) expect(limits.properties[name]).toMatchObject({ default: DEFAULT_LIMITS[name], maximum: MAX_LIMITS[name], description: expect.any(String) });
  });
});

describe("readJsonFile", () => {
  test("tells places, and makes errors of them", async () => {
    const file = write("host.json", '{\n  "plugins": {\n    "a/b": [1,\n      2] } }');
    const read = await readJsonFile(file);
    expect(read.position("/plugins/a~1b/1")).toEqual({ line: 4, column: 7 });
    expect(read.position("/plugins/missing/x")).toEqual({ line: 2, column: 14 });
    expect(read.error({ pointer: "/plugins/a~1b", key: true, expected: "x", got: "y" }).message).toBe(`${file}:3:5: plugins.a/b: expected x, got y`);
  });

  test("of a union only the branch that was meant is reported", async () => {
    const validate = compileSchema({
      type: "object",
      additionalProperties: { anyOf: [{ type: "string" }, { type: "object", required: ["path"], properties: { path: { type: "string" } } }] },
    });
    const file = write("host.json", '{ "a": 3,\n "b": {},\n "c": "./c" }');
    await expect(readJsonFile(file, { validate })).rejects.toMatchObject({
      message: `${file}:1:8: a: expected a string or an object, got 3\n${file}:2:7: b: expected the field "path", got none`,
    });
  });

  test("a missing file is not_found", async () => {
    await expect(readJsonFile(join(folder, "none.json"))).rejects.toMatchObject({ code: "not_found" });
  });
});
