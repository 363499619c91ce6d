import { execFileSync } from "node:child_process";
import { symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createBundler, prepareModule } from "@sallyport/guest";
import { folderOf } from "./harness.js";

function sourceOf(root: string, entry = "index.js") {
  return { name: "x", kind: "module", root, entry: path.join(root, entry), manifest: undefined } as const;
}
function mkfifo(file: string): void {
  execFileSync("/usr/bin/env", ["mkfifo", file]);
}
const prepare = (root: string, entry?: string) => prepareModule(sourceOf(root, entry));

describe("what a bundle may read", () => {
  test("its own files, JSON, TypeScript, installed packages and the kit", async () => {
    const root = folderOf({
      "src/index.ts": 'import { definePlugin } from "@sallyport/plugin"; import data from "./data.json"; import { two } from "../lib/two.js"; import { three } from "three-pkg"; import type { X } from "./types.js"; export default definePlugin({ methods: { "a.run": () => data.one + two + three } });',
      "src/data.json": '{"one":1}',
      "src/types.ts": "export type X = import('./index.js').Y; export interface Y {}",
      "lib/two.ts": "export const two: number = 2;",
      "node_modules/three-pkg/package.json": '{"name":"three-pkg","main":"main.js"}',
      "node_modules/three-pkg/main.js": "exports.three = require('./inner').three;",
      "node_modules/three-pkg/inner.js": "exports.three = 3;",
    });
    const { code } = await prepare(root, "src/index.ts");
    expect(code).toContain("three");
  });

  test.each([
    ["a Node module", 'import fs from "node:fs";', /index\.js:1:\d+: 'node:fs' is part of Node/],
    ["a Node module without prefix", 'import fs from "fs/promises";', /'fs\/promises' is part of Node/],
    ["a URL", 'import x from "https://example.org/x.js";', /is a URL/],
    ["a data URL", 'import x from "data:text/javascript,1";', /is a URL/],
    ["an absolute path", 'import x from "/etc/x.json";', /is an absolute path/],
    ["a file above the folder", 'import x from "../secret.json";', /outside the plugin's folder/],
    ["a hidden file", 'import x from "./.secret.json";', /is hidden/],
    ["a text file", 'import x from "./notes.txt";', /only .* files can be imported/],
    ["a link out of the folder", 'import x from "./link.json";', /outside the plugin's folder/],
    ["a file of another package by path", 'import x from "./node_modules/pkg/x.json";', /nothing imports by name/],
    ["a computed import", "const n = './a.js'; export const m = () => import(n);", /index\.js:1:\d+: 'import\(' loads code/],
    ["a computed import behind a spread", "const n = './a.js'; export const m = () => [...import(n)];", /'import\(' loads code/],
    ["a missing file", 'import x from "./gone.js";', /index\.js:1:\d+: Could not resolve/],
    ["a mistake", "const = 1;", /index\.js:1:\d+: /],
  ])("%s is refused with its place", async (_name, line, message) => {
    const outer = folderOf({
      "secret.json": '{"token":1}', "plugin/.secret.json": "{}", "plugin/notes.txt": "", "plugin/index.js": `${line}\nexport default { methods: {} };`,
      "plugin/node_modules/pkg/x.json": "{}",
    });
    symlinkSync(path.join(outer, "secret.json"), path.join(outer, "plugin/link.json"));
    const failure = prepare(path.join(outer, "plugin"));
    await expect(failure).rejects.toMatchObject({ code: "invalid_argument", plugin: "x", help: expect.stringMatching(/\w/) });
    await expect(failure).rejects.toThrow(message);
  });

  test("the folder's own compiler options embed nothing", async () => {
    const outer = folderOf({
      "evil.json": '{"compilerOptions":{"jsxFactory":"leak","paths":{"leak":["/etc/passwd"]}}}',
      "plugin/tsconfig.json": '{"extends":"../evil.json","compilerOptions":{"paths":{"secret":["../evil.json"]}}}',
      "plugin/index.ts": 'import x from "secret"; export default { methods: { "a.run": () => x } };',
    });
    await expect(prepare(path.join(outer, "plugin"), "index.ts")).rejects.toThrow(/Could not resolve "secret"/);
  });

  test("a source map beside the source is not read: the comment may name any file", async () => {
    const root = folderOf({ "index.js": "export default { methods: {} };\n//# sourceMappingURL=pipe" });
    mkfifo(path.join(root, "pipe"));
    expect((await prepare(root)).code).toContain("methods");
  });

  test("a package that a link or a climbing main finds elsewhere is refused", async () => {
    const outer = folderOf({
      "other/node_modules/secret/package.json": "{}", "other/node_modules/secret/x.json": '{"token":1}',
      "plugin/node_modules/climbs/package.json": '{"main":"../../../other/node_modules/secret/x.json"}',
      "plugin/climbs.js": 'import x from "climbs"; export default x;', "plugin/linked.js": 'import x from "linked/x.json"; export default x;',
    });
    symlinkSync("../../other/node_modules/secret", path.join(outer, "plugin/node_modules/linked"));
    for (const entry of ["climbs.js", "linked.js"]) await expect(prepare(path.join(outer, "plugin"), entry)).rejects.toThrow(/installed elsewhere/);
  });

  test.each([
    ["a module", "a.js", 'import "./a.js";', /'\.\/a\.js' is not read: it is not a file/],
    ["a package.json of its own", "lib/package.json", 'import "./lib/a.js";', /lib\/package\.json is no ordinary file/],
    ["a package.json of a package", "node_modules/pkg/package.json", 'import "pkg";', /'pkg' is not read: package\.json is no ordinary file/],
  ])("a pipe in place of %s is refused, not read", async (_name, pipe, line, message) => {
    const root = folderOf({ "index.js": line, "lib/a.js": "", "node_modules/pkg/index.js": "" });
    mkfifo(path.join(root, pipe));
    await expect(prepare(root)).rejects.toThrow(message);
  });

  test("a device in place of package.json is refused", async () => {
    const root = folderOf({ "index.js": "" });
    symlinkSync("/dev/zero", path.join(root, "package.json"));
    await expect(prepare(root)).rejects.toThrow(/package\.json is no ordinary file/);
  });

  test("more source than a bundle may have is refused before it is read", async () => {
    const root = folderOf({ "index.js": "" });
    truncateSync(path.join(root, "index.js"), 2 ** 40);
    await expect(prepare(root)).rejects.toThrow(/more than \d+ bytes/);
  });

  test("bundling ends with its signal, whatever the source makes the bundler do", async () => {
    const root = folderOf({ "index.js": `export const f = (x) => require("${"../".repeat(12)}" + x); export default {};` });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(prepareModule(sourceOf(root), { signal: stop.signal })).rejects.toThrow("enough");
    expect((await prepare(folderOf({ "index.js": "export default {}" }))).code).toContain("sallyport");
  });

  test("an entry outside the folder is refused", async () => {
    const outer = folderOf({ "other.js": "export default {}", "plugin/index.js": "" });
    symlinkSync(path.join(outer, "other.js"), path.join(outer, "plugin/link.js"));
    await expect(prepare(path.join(outer, "plugin"), "link.js")).rejects.toThrow(/outside the plugin's folder/);
  });
});

test("a bundle is kept until one of its files changes", async () => {
  const root = folderOf({ "index.js": 'import { a } from "./a.js"; export default { methods: { "a.run": () => a } };', "a.js": "export const a = 'first';" });
  const bundler = createBundler();
  const first = await bundler.prepare(sourceOf(root));
  expect(await bundler.prepare(sourceOf(root))).toBe(first);
  writeFileSync(path.join(root, "a.js"), "export const a = 'changed';");
  utimesSync(path.join(root, "a.js"), 1, 1);
  expect((await bundler.prepare(sourceOf(root))).code).toContain("changed");
});

test("signs of HTML comments in regular expressions keep their meaning", async () => {
  const { code } = await prepare(folderOf({ "index.js": "export default /\\<!-- x --\\>/;" }));
  expect(code).toContain(String.raw`/\<\x21-- x --\>/`);
});

test("signs of HTML comments in strings keep their meaning", async () => {
  const root = folderOf({ "index.js": "export default { methods: { 'a.run': () => '<!-- x -->' } };" });
  const { code } = await prepare(root);
  expect(code).not.toMatch(/<!--|-->/);
});
