import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";
import { compileSchema, PLATFORM, readPlugin, type Reads } from "@sallyport/manifest";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function plugin(manifest: Readonly<Record<string, unknown>>, ...files: readonly string[]): void {
  writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "demo", version: "1.0.0", ...manifest }));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
    chmodSync(join(folder, file), 0o755);
  }
}
const read = (reads: Reads | undefined, spec: Partial<PluginSpec> = {}): Promise<PluginSource | undefined> => readPlugin({ path: folder, ...spec }, new AbortController().signal, reads);

const PROGRAMS: Reads = { mode: "stdio", kinds: ["executable"] };
const WASM: Reads = { mode: "wasm", kinds: ["wasm"] };
const MODULES: Reads = { mode: "process", kinds: ["module"] };
const REACHED: Reads = { mode: "far", kinds: ["service"], by: "settings", settings: compileSchema({ type: "object", required: ["address"], properties: { address: { type: "string" } }, additionalProperties: false }) };

describe("one plugin, several builds", () => {
  test("each mode gets its own, and a mode without one gets nothing", async () => {
    plugin({ entry: { stdio: "build/demo", wasm: { "*": "build/demo.wasm" } } }, "build/demo", "build/demo.wasm");
    expect(await read(PROGRAMS)).toMatchObject({ kind: "executable", entry: join(folder, "build/demo") });
    expect(await read(WASM)).toMatchObject({ kind: "wasm", entry: join(folder, "build/demo.wasm") });
    expect(await read(MODULES)).toBeUndefined();
    expect(await read(undefined)).toMatchObject({ name: "demo", manifest: { version: "1.0.0" } });
  });

  test("a build named for a mode is what that mode runs, whatever its file is called", async () => {
    plugin({ entry: { stdio: "demo.js", process: "demo.js" } }, "demo.js");
    expect(await read(PROGRAMS)).toMatchObject({ kind: "executable" });
    expect(await read(MODULES)).toMatchObject({ kind: "module" });
  });

  test("the build of this machine before that of its system before the one for all", async () => {
    const builds = { [PLATFORM]: "exact", [process.platform]: "system", "*": "any", "plan9-arm": "other" };
    plugin({ entry: { stdio: builds } }, "exact", "system", "any");
    const entries: (string | undefined)[] = [];
    for (const gone of [PLATFORM, process.platform, "*"]) {
      entries.push((await read(PROGRAMS))?.entry);
      delete builds[gone];
      plugin({ entry: { stdio: builds } });
    }
    expect(entries).toEqual(["exact", "system", "any"].map((name) => join(folder, name)));
    expect(await read(PROGRAMS)).toBeUndefined();
  });

  test("a mode that is asked for by name says what there is instead", async () => {
    plugin({ entry: { wasm: "demo.wasm" } }, "demo.wasm");
    await expect(read(PROGRAMS, { mode: "stdio" })).rejects.toMatchObject({ code: "invalid_argument", path: "entry", message: expect.stringMatching(/plugin\.json:1:\d+: entry: expected a file that mode stdio runs, got builds for wasm$/) });
    plugin({ entry: { stdio: { "plan9-arm": "demo" } } });
    await expect(read(PROGRAMS, { mode: "stdio" })).rejects.toMatchObject({ message: expect.stringContaining(`got builds for plan9-arm, and none for ${PLATFORM}`) });
  });

  test.each([
    ["a way out", "../demo"],
    ["an absolute path", "/bin/true"],
    ["a link that leads out", "link"],
    ["nothing", "missing"],
  ])("of which none leads out of the folder: %s", async (_what, entry) => {
    plugin({ entry: { stdio: entry } });
    symlinkSync("/bin/true", join(folder, "link"));
    await expect(read(PROGRAMS)).rejects.toMatchObject({ code: "invalid_argument", path: "entry" });
  });

  test.each([
    ["no build", {}, "entry"],
    ["a mode that no mode is called", { "Not A Mode": "x" }, "Not A Mode"],
    ["a platform that none is called", { stdio: { "Linux X64": "x" } }, "Linux X64"],
    ["a build that is no path", { stdio: 5 }, "stdio"],
    ["builds of builds", { stdio: { linux: { x64: "demo" } } }, "linux"],
  ])("are refused with their place where they are written wrong: %s", async (_what, entry, named) => {
    plugin({ entry });
    await expect(read(PROGRAMS)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining(named) });
  });

  test("the names of objects' own members are no modes", async () => {
    plugin({ entry: { wasm: "demo.wasm" } }, "demo.wasm");
    for (const mode of ["constructor", "__proto__", "toString"]) expect(await read({ mode, kinds: ["wasm"] })).toBeUndefined();
  });
});

describe("a mode's settings", () => {
  test("make a plugin of it without an entry", async () => {
    plugin({ modes: { far: { address: "here" } } });
    expect(await read(REACHED)).toMatchObject({ name: "demo", kind: "service", entry: join(folder, "plugin.json"), manifest: { modes: { far: { address: "here" } } } });
    expect(await read(PROGRAMS)).toBeUndefined();
    await expect(read(PROGRAMS, { mode: "stdio" })).rejects.toMatchObject({ message: expect.stringContaining("got none") });
  });

  test("are checked by the mode, with their place", async () => {
    plugin({ modes: { far: { adress: "here" } } });
    await expect(read(REACHED)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/plugin\.json:1:\d+: modes\.far\.adress: expected one of the fields address/) });
    // What another mode wants to know is not its affair.
    expect(await read(PROGRAMS)).toBeUndefined();
  });

  test("beside an entry that another mode runs: each takes its own", async () => {
    plugin({ entry: "demo", modes: { far: { address: "here" } } }, "demo");
    expect(await read(REACHED)).toMatchObject({ kind: "service" });
    expect(await read(PROGRAMS)).toMatchObject({ kind: "executable" });
    expect(await read({ ...REACHED, by: "either" })).toBeUndefined();
  });

  test("a manifest with neither says so", async () => {
    plugin({ modes: {} });
    await expect(read(PROGRAMS)).rejects.toMatchObject({ message: expect.stringContaining('expected the field "entry"') });
  });
});
