import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ffi } from "@sallyport/adapter-ffi";
import { stdio } from "@sallyport/adapter-stdio";
import { createKernel, type Kernel, type LogEntry } from "@sallyport/kernel";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compileLibraries, type Libraries } from "./libraries.js";

const TIMEOUT_MS = 30_000;
const DEMO = fileURLToPath(new URL("../../plugins/c", import.meta.url));

let libraries: Libraries;
beforeAll(async () => {
  libraries = await compileLibraries();
}, 120_000);
afterAll(() => libraries[Symbol.dispose]());

function host(): Kernel {
  const kernel = createKernel({ adapters: [stdio(), ffi(), ffi({ inHost: true })] });
  onTestFinished(() => kernel.close({ drainMs: 500 }));
  return kernel;
}

/** A plugin folder of its own. */
function folder(name: string, manifest: object, files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = join(libraries.folder, name);
  mkdirSync(root);
  writeFileSync(join(root, "plugin.json"), JSON.stringify({ name: "evil", version: "1.0.0", ...manifest }));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(root, file), bytes);
  return root;
}

const METHODS = { "evil.ping": {}, "evil.attack": {} };

describe("one manifest with several builds", { timeout: TIMEOUT_MS }, () => {
  it.for([["stdio", "untrusted"], ["ffi", "trusted"], ["ffi-unsafe", "trusted"]] as const)("runs in mode %s", async ([mode, trust], context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const kernel = host();
    const info = await kernel.load({ path: DEMO, mode, trust });
    expect(info).toMatchObject({ mode, name: "demo" });
    expect(await kernel.call("demo.upper", { text: "hello" })).toBe("HELLO");
    expect(await kernel.call("demo.sleep", { ms: 20 })).toEqual({ slept: 20 });
    const counted: unknown[] = [];
    for await (const n of kernel.stream("demo.count", { to: 3 })) counted.push(n);
    expect(counted).toEqual([1, 2, 3]);
  });

  it("says nothing of its own in the log", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const logs: LogEntry[] = [];
    const kernel = createKernel({ adapters: [ffi()], hooks: { log: (entry) => logs.push(entry) } });
    onTestFinished(() => kernel.close({ drainMs: 500 }));
    // Node warns of some of its own flags, on stderr.
    await kernel.load({ path: DEMO, mode: "ffi" });
    await kernel.call("demo.upper", { text: "hello" });
    expect(logs.filter(({ message }) => !message.includes("is confined by profile"))).toEqual([]);
  });

  it("is the program where nobody says otherwise", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    expect((await host().load({ path: DEMO, trust: "trusted" })).mode).toBe("stdio");
  });
});

describe("a bare library", { timeout: TIMEOUT_MS }, () => {
  it("needs trust", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    await expect(host().load({ path: libraries.path("prints"), name: "evil" })).rejects.toMatchObject({ code: "invalid_argument", help: expect.stringContaining("ffi (needs trust 'trusted')") });
    const info = await host().load({ path: libraries.path("prints"), name: "evil", trust: "trusted" });
    expect(info).toMatchObject({ mode: "ffi" });
  });

  it("gets no arguments", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    await expect(host().load({ path: libraries.path("prints"), name: "evil", mode: "ffi", args: ["--fast"] })).rejects.toMatchObject({ code: "invalid_argument", path: "args" });
  });

  it.for([
    ["empty.so", "", /is not a shared library: it is empty/],
    ["text.so", "#!/bin/sh\necho this is a script and no library\n", /is not a shared library/],
    ["script.dll", "MZ".padEnd(100), process.platform === "win32" ? /./ : /is built for another system: it is PE/],
  ] as const)("%s is refused before anything runs", async ([name, text, message], context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const path = join(libraries.folder, name);
    writeFileSync(path, text, { mode: 0o755 });
    await expect(host().load({ path, name: "evil", mode: "ffi" })).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringMatching(message), plugin: "evil" });
  });

  it("of another machine, or no library but a program, is refused before anything runs", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    if (process.platform !== "linux") return context.skip("the bytes are those of Linux");
    const bytes = readFileSync(libraries.path("prints"));
    const change = (name: string, at: number, value: number): string => {
      const changed = Buffer.from(bytes);
      changed.writeUInt16LE(value, at);
      const path = join(libraries.folder, name);
      writeFileSync(path, changed, { mode: 0o755 });
      return path;
    };
    const other = process.arch === "arm64" ? { machine: 62, name: "x64" } : { machine: 183, name: "arm64" };
    await expect(host().load({ path: change("foreign.so", 18, other.machine), mode: "ffi" })).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining(`is built for ${other.name}, and this process is ${process.arch}`) });
    await expect(host().load({ path: change("object.so", 16, 1), mode: "ffi" })).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("not a shared library") });
  });

  it("that ends in the middle is refused in the loader's words", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const path = join(libraries.folder, "half.so");
    writeFileSync(path, readFileSync(libraries.path("prints")).subarray(0, 4096), { mode: 0o755 });
    await expect(host().load({ path, name: "evil", mode: "ffi" })).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("half.so") });
  });
});

describe("modes.ffi of a manifest", { timeout: TIMEOUT_MS }, () => {
  it("states the build that it was written for", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const library = readFileSync(libraries.path("prints"));
    const found = /(gcc|clang) \d+\.\d+ \S+ (sysv|win) (le|be) (32|64)/.exec(library.toString("latin1"))?.[0];
    const manifest = (fingerprint: unknown): object => ({ entry: { ffi: "evil.so" }, methods: METHODS, modes: { ffi: { fingerprint } } });
    const right = folder("right", manifest(found), { "evil.so": library });
    const wrong = folder("wrong", manifest("gcc 1.0 x86_64 sysv le 64"), { "evil.so": library });
    const odd = folder("odd", manifest(7), { "evil.so": library });
    const kernel = host();
    await kernel.load({ path: right, mode: "ffi" });
    expect(await kernel.call("evil.ping", null)).toBe("ok");
    await kernel.unload("evil");
    await expect(kernel.load({ path: wrong, name: "wrong", mode: "ffi" })).rejects.toMatchObject({ code: "manifest_mismatch", message: expect.stringContaining("the manifest states \"gcc 1.0 x86_64 sysv le 64\"") });
    await expect(kernel.load({ path: odd, name: "odd", mode: "ffi" })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/plugin\.json:\d+:\d+: modes\.ffi\.fingerprint/) });
  });

  it("of a plugin without a build for this machine says so", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const root = folder("elsewhere", { entry: { ffi: { "plan9-mips": "evil.so" } }, methods: METHODS }, {});
    await expect(host().load({ path: root, mode: "ffi" })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("builds for plan9-mips, and none for") });
  });
});

describe("a library in the host's own process", { timeout: TIMEOUT_MS }, () => {
  it("is there only for a config that names the mode and its trust, and is listed as unsafe", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const kernel = host();
    await expect(kernel.load({ path: DEMO, mode: "ffi-unsafe" })).rejects.toMatchObject({ code: "invalid_argument", path: "trust" });
    await expect(kernel.load({ path: DEMO, mode: "ffi-unsafe", trust: "trusted", sandbox: "strict" })).rejects.toMatchObject({ code: "sandbox_unavailable" });
    const root = folder("wants-in", { entry: { ffi: "evil.so" }, mode: "ffi-unsafe", methods: METHODS }, { "evil.so": readFileSync(libraries.path("prints")) });
    expect((await kernel.load({ path: root, trust: "trusted" })).mode).toBe("ffi");
    const info = await kernel.load({ path: DEMO, mode: "ffi-unsafe", trust: "trusted" });
    expect(info).toMatchObject({ unsafe: true, traits: { memory: "shared" } });
  });

  it("is there once, and can be started again", async (context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const kernel = host();
    const spec = { path: DEMO, mode: "ffi-unsafe", trust: "trusted" } as const;
    await kernel.load(spec);
    await expect(kernel.load({ ...spec, name: "second" })).rejects.toMatchObject({ code: "conflict" });
    expect(kernel.publish("demo.poke")).toBe(0);
    await kernel.unload("demo");
    await kernel.load(spec);
    expect(await kernel.call("demo.upper", { text: "again" })).toBe("AGAIN");
  });

  it.for(["sends-garbage", "sends-null", "sends-huge", "sends-newline"])("is checked like any other: %s", async (name, context) => {
    if (libraries.missing !== undefined) return context.skip(libraries.missing);
    const kernel = host();
    // A copy: what is loaded stays loaded.
    const path = join(libraries.folder, `in-host-${name}.so`);
    cpSync(libraries.path(name), path);
    await kernel.load({ path, name: "evil", mode: "ffi-unsafe", trust: "trusted", restart: { backoffMs: 1 } });
    await expect(kernel.call("evil.attack", null)).rejects.toMatchObject({ code: name === "sends-huge" ? "frame_too_large" : "protocol_violation", plugin: "evil" });
    expect(await kernel.call("evil.ping", null)).toBe("ok");
  });
});
