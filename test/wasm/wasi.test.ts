import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import type { SallyportError } from "@sallyport/bus";
import { createKernel, type Kernel, type PluginSpec } from "@sallyport/kernel";
import { wasi } from "@sallyport/adapter-wasm";
import { compiled } from "./build.js";

/** Error numbers of WASI that are met here. */
const E = { ok: 0, access: 2, badf: 8, exist: 20, fault: 21, inval: 28, isdir: 31, loop: 32, nametoolong: 37, noent: 44, nosys: 52, notdir: 54, notempty: 55, notsup: 58, rofs: 69, spipe: 70, xdev: 75, notcapable: 76 };
const [READ, WRITE, BOTH] = [2, 64, 66];
const [CREATE, FOLDER, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8];

type Answer = readonly [errno: number, number: number, text: string];
type Call = (...args: readonly (string | number)[]) => Promise<Answer>;

let base = "";
let why: string | undefined;
const kernels: Kernel[] = [];

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-wasi-")));
  ({ why } = await compiled("fixtures/probe.c", join(base, "probe.wasm"), "-Wl,--export=_start"));
});
afterAll(async () => {
  await Promise.all(kernels.map((kernel) => kernel.close()));
  rmSync(base, { recursive: true, force: true });
});

let made = 0;

/** The probe with a manifest of its own: `inside` in its folder, `shared` outside. */
async function probe(context: TestContext, { settings = {}, permissions, ...spec }: { settings?: unknown; permissions?: PluginSpec["permissions"] } & Partial<PluginSpec> = {}): Promise<{ call: Call; root: string; shared: string; kernel: Kernel }> {
  if (why !== undefined) context.skip(why);
  const [root, shared] = [join(base, `plugin-${++made}`), join(base, `shared-${made}`)];
  for (const folder of [join(root, "inside", "deep"), shared]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, "probe.wasm"), readFileSync(join(base, "probe.wasm")));
  writeFileSync(join(root, "secret"), "of the plugin's own folder");
  writeFileSync(join(root, "inside", "file"), "0123456789");
  writeFileSync(join(root, "inside", "deep", "below"), "deep");
  const at = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll("SHARED", shared));
  writeFileSync(join(root, "plugin.json"), JSON.stringify({ name: "probe", version: "1.0.0", entry: "probe.wasm", mode: "wasi", modes: { wasi: at(settings) }, ...(permissions && { permissions: at(permissions) }) }));
  const kernel = createKernel({ adapters: [wasi({ spares: 0 })], graceMs: 200 });
  kernels.push(kernel);
  await kernel.load({ path: root, restart: false, ...spec, ...(permissions && { permissions: at(permissions) as NonNullable<PluginSpec["permissions"]> }) });
  return { root, shared, kernel, call: (...args) => kernel.call("probe.call", args) };
}

/** Ends the thread below. */
const STOP = new SharedArrayBuffer(4);

const errno = async (answer: Promise<Answer>): Promise<number> => (await answer)[0];

describe("a program finds what it was given", () => {
  test("nothing but the protocol's variables and its own name, by default; a time that began with it", async (context) => {
    const { call } = await probe(context);
    expect(await call("args")).toEqual([0, 1, "probe.wasm "]);
    expect(await call("env")).toEqual([0, 2, "SALLYPORT_PLUGIN=1 SALLYPORT_MAJORS=1 "]);
    expect(await errno(call("prestat", 3))).toBe(E.badf);
    const [, realtime] = await call("clock", 0);
    expect(realtime).toBeLessThan(3.6e9);
    expect(realtime % 1000).toBe(0);
    expect(await errno(call("clock", 2))).toBe(E.inval);
  });

  test("arguments, variables, clocks and folders, as stated", async (context) => {
    const { call } = await probe(context, { settings: { env: { LANG: "de_CH" }, clock: { monotonic: "exact", realtime: "coarse" }, preopens: { "/data": "inside" } }, args: ["-v", "x y"] });
    expect(await call("args")).toEqual([0, 3, "probe.wasm -v x y "]);
    expect(await call("env")).toEqual([0, 3, "LANG=de_CH SALLYPORT_PLUGIN=1 SALLYPORT_MAJORS=1 "]);
    const [, realtime] = await call("clock", 0);
    expect(Math.abs(realtime / 1000 - Date.now())).toBeLessThan(20_000);
    expect(realtime % 1e6).toBe(0);
    expect(await call("prestat", 3)).toEqual([0, 0, "/data"]);
    expect(await errno(call("prestat", 4))).toBe(E.badf);
  });

  test("files to read, from anywhere in them, and their folders' entries", async (context) => {
    const { call } = await probe(context, { settings: { preopens: { "/data": "inside" } } });
    const [, fd] = await call("open", 3, "./deep/../file", 0, READ);
    expect(await call("read", fd)).toEqual([0, 10, "0123456789"]);
    expect(await call("read", fd)).toEqual([0, 0, ""]);
    expect(await call("seek", fd, -3, 2)).toEqual([0, 7, ""]);
    expect(await call("read", fd)).toEqual([0, 3, "789"]);
    expect(await call("pread", fd, 2, 4)).toEqual([0, 4, "2345"]);
    expect(await errno(call("seek", fd, -1, 0))).toBe(E.inval);
    expect(await errno(call("write", fd, "x"))).toBe(E.badf);
    expect(await call("list", 3)).toEqual([0, 2, expect.stringMatching(/^(deep file|file deep) $/)]);
    const [, deep] = await call("open", 3, "deep", FOLDER, READ);
    expect(await call("list", deep)).toEqual([0, 1, "below "]);
    expect((await call("stat", deep, "below"))[0]).toBe(0);
    expect(await errno(call("open", deep, "../file", 0, READ))).toBe(E.notcapable);
    expect(await errno(call("close", fd))).toBe(0);
    expect(await errno(call("read", fd))).toBe(E.badf);
    expect(await errno(call("open", 3, "file/", 0, READ))).toBe(E.notdir);
    expect(await errno(call("open", 3, "nowhere", 0, READ))).toBe(E.noent);
    expect(await errno(call("open", 3, "", 0, READ))).toBe(E.noent);
  });

  test("a folder to write, and everything that changes a file", async (context) => {
    const { call, shared } = await probe(context, { settings: { preopens: { "/out": { path: "SHARED", writable: true } } }, permissions: { write: ["SHARED"] } });
    const [, fd] = await call("open", 3, "new", CREATE | EXCLUSIVE, BOTH);
    expect(await call("write", fd, "hello")).toEqual([0, 5, ""]);
    expect(await call("write", fd, " you")).toEqual([0, 4, ""]);
    expect(readFileSync(join(shared, "new"), "utf8")).toBe("hello you");
    expect(await errno(call("open", 3, "new", CREATE | EXCLUSIVE, BOTH))).toBe(E.exist);
    expect(await errno(call("size", fd, 3))).toBe(0);
    expect(await call("pread", fd, 0, 9)).toEqual([0, 3, "hel"]);
    const [, log] = await call("open", 3, "new", 0, WRITE, 1);
    expect(await errno(call("write", log, "p"))).toBe(0);
    expect(readFileSync(join(shared, "new"), "utf8")).toBe("help");
    expect(await errno(call("mkdir", 3, "a"))).toBe(0);
    expect(await errno(call("mkdir", 3, "a/b/"))).toBe(0);
    expect(await errno(call("rmdir", 3, "a"))).toBe(E.notempty);
    expect(await errno(call("rename", 3, "new", 3, "newer"))).toBe(0);
    expect(await errno(call("rename", 3, "newer", 3, "a/newer"))).toBe(E.xdev);
    expect(await errno(call("rmdir", 3, "a/b"))).toBe(0);
    expect(await errno(call("unlink", 3, "newer"))).toBe(0);
    expect(await errno(call("open", 3, ".", TRUNCATE, BOTH))).toBe(E.isdir);
    expect(await call("list", 3)).toEqual([0, 1, "a "]);
  });

  test("the end of a wait, for time and for input beside it", async (context) => {
    const { call } = await probe(context);
    expect(await call("sleep", 30)).toEqual([0, 7, ""]);
    // Nothing comes meanwhile: one call at a time.
    expect(await call("await", 30)).toEqual([0, 7, ""]);
    // From here on a second thread reads stdin.
    expect(await call("await", 5)).toEqual([0, 7, ""]);
    expect(await call("args")).toEqual([0, 1, "probe.wasm "]);
  });
});

describe("what it was not given it does not get", () => {
  test("folders outside of the permissions are refused before it starts", async (context) => {
    const cases: readonly [unknown, PluginSpec["permissions"] | undefined, unknown][] = [
      [{ "/x": "SHARED" }, undefined, { code: "permission_denied", path: "modes.wasi.preopens./x", help: expect.stringContaining("permissions.read") as string }],
      [{ "/x": "../" }, undefined, { code: "permission_denied" }],
      [{ "/x": "/etc" }, { read: ["SHARED"] }, { code: "permission_denied" }],
      [{ "/x": { path: "SHARED", writable: true } }, { read: ["SHARED"] }, { code: "permission_denied", help: expect.stringContaining("permissions.write") as string }],
      [{ "/x": { path: "inside", writable: true } }, undefined, { code: "permission_denied" }],
      [{ "/x": "missing" }, undefined, { code: "not_found", help: expect.stringContaining("mkdir -p") as string }],
      [{ "/x": "secret" }, undefined, { code: "invalid_argument", message: expect.stringContaining("which is no folder") as string }],
    ];
    for (const [preopens, permissions, expected] of cases) {
      await expect(probe(context, { settings: { preopens }, ...(permissions && { permissions }) })).rejects.toMatchObject(expected as object);
    }
  });

  test("settings that it does not have are refused with their place", async (context) => {
    await expect(probe(context, { settings: { clock: { realtime: "atomic" } } })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/plugin\.json:1:\d+: modes\.wasi\.clock\.realtime: expected/) as string });
    await expect(probe(context, { settings: { network: true } })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/modes\.wasi\.network/) as string });
  });

  test("links, sockets, and what changes a folder that is open to read", async (context) => {
    const { call, root } = await probe(context, { settings: { preopens: { "/data": "inside" } } });
    for (const op of [call("symlink", 3, "/etc/passwd", "x"), call("link", 3, "file", 3, "y"), call("socket", 3)]) expect(await errno(op)).toBe(E.nosys);
    for (const op of [call("open", 3, "x", CREATE, BOTH), call("open", 3, "file", 0, BOTH), call("open", 3, "file", TRUNCATE, READ), call("mkdir", 3, "m"), call("rmdir", 3, "deep"), call("unlink", 3, "file"), call("rename", 3, "file", 3, "f")]) {
      expect(await errno(op)).toBe(E.rofs);
    }
    expect(readFileSync(join(root, "inside", "file"), "utf8")).toBe("0123456789");
  });

  /** Each way out, tried by our own walls alone and by the system's beside them. */
  for (const sandbox of ["none", "auto"] as const) {
    test(`a way out of a folder, with sandbox '${sandbox}'`, async (context) => {
      const { call, root, shared } = await probe(context, { settings: { preopens: { "/data": "inside", "/out": { path: "SHARED", writable: true } } }, permissions: { write: ["SHARED"] }, sandbox });
      const inside = (name: string): string => join(root, "inside", name);
      symlinkSync("../secret", inside("up"));
      symlinkSync("/etc/passwd", inside("absolute"));
      symlinkSync("/etc", inside("etc"));
      symlinkSync("..", inside("parent"));
      symlinkSync("deep/../../secret", inside("bent"));
      symlinkSync("round", inside("round"));
      symlinkSync("file", inside("near"));
      symlinkSync("/proc/self/root/etc", join(shared, "proc"));
      symlinkSync("x".repeat(3000), inside("long"));
      for (const path of ["..", "../secret", "/etc/passwd", "//etc/passwd", "deep/../../secret", "./../inside/../secret", "up", "absolute", "etc/passwd", "parent/secret", "parent/inside/file", "bent", "deep/../up", "../../../../../../etc/passwd"]) {
        expect([path, await errno(call("open", 3, path, 0, READ))]).toEqual([path, E.notcapable]);
        expect([path, await errno(call("stat", 3, path, 1))]).toEqual([path, E.notcapable]);
      }
      expect(await errno(call("open", 3, "round", 0, READ))).toBe(E.loop);
      expect(await errno(call("open", 3, "long", 0, READ))).toBe(E.nametoolong);
      expect(await errno(call("open-nofollow", 3, "near"))).toBe(E.loop);
      const [, near] = await call("open", 3, "near", 0, READ);
      expect(await call("read", near)).toEqual([0, 10, "0123456789"]);
      expect(await call("readlink", 3, "up")).toEqual([0, 0, "../secret"]);
      for (const op of ["mkdir", "unlink", "rmdir"]) {
        for (const path of ["../x", "/tmp/x", "proc/x"]) expect([op, path, await errno(call(op, 4, path))]).toEqual([op, path, E.notcapable]);
      }
      expect(await errno(call("rename", 3, "file", 4, "stolen"))).toBe(E.rofs);
      expect(await errno(call("open", 4, "proc/passwd", CREATE, BOTH))).toBe(E.notcapable);
      // Created through a link that is there already, and whose target is not.
      symlinkSync(join(base, "planted"), join(shared, "plant"));
      expect(await errno(call("open", 4, "plant", CREATE, BOTH))).toBe(E.notcapable);
    });
  }

  test("a folder that is swapped for a link while the program holds it open", async (context) => {
    const { call, root } = await probe(context, { settings: { preopens: { "/data": "inside" } }, sandbox: "none" });
    const [, deep] = await call("open", 3, "deep", FOLDER, READ);
    renameSync(join(root, "inside", "deep"), join(root, "inside", "moved"));
    symlinkSync("..", join(root, "inside", "deep"));
    expect(await errno(call("open", deep, "secret", 0, READ))).toBe(E.loop);
    rmSync(join(root, "inside", "deep"));
    mkdirSync(join(root, "inside", "deep"));
    writeFileSync(join(root, "inside", "deep", "secret"), "another folder of that name");
    expect(await errno(call("open", deep, "secret", 0, READ))).toBe(E.noent);
    // The preopen itself.
    renameSync(join(root, "inside"), join(root, "gone"));
    symlinkSync("..", join(root, "inside"));
    // Node's own permissions say so first, where it has them.
    expect([E.noent, E.access]).toContain(await errno(call("open", 3, "secret", 0, READ)));
  });

  test("a folder that is swapped for a link again and again, by somebody who may", async (context) => {
    const { call, root } = await probe(context, { settings: { preopens: { "/data": "inside" } }, sandbox: "none" });
    mkdirSync(join(root, "inside", "flip"));
    writeFileSync(join(root, "inside", "flip", "secret"), "harmless");
    symlinkSync("..", join(root, "inside", "link"));
    const swapper = new Worker(`
      const { renameSync } = require("node:fs");
      const { workerData: { folder, stop } } = require("node:worker_threads");
      const at = (name) => folder + "/" + name;
      while (Atomics.load(stop, 0) === 0) {
        renameSync(at("flip"), at("real")); renameSync(at("link"), at("flip"));
        renameSync(at("flip"), at("link")); renameSync(at("real"), at("flip"));
      }`, { eval: true, workerData: { folder: join(root, "inside"), stop: new Int32Array(STOP) } });
    context.onTestFinished(async () => {
      Atomics.store(new Int32Array(STOP), 0, 1);
      await swapper.terminate();
    });
    const seen = new Map<number, number>();
    for (let i = 0; i < 1500; i++) {
      const [error, fd] = await call("open", 3, "flip/secret", 0, READ);
      seen.set(error, (seen.get(error) ?? 0) + 1);
      if (error !== 0) continue;
      expect((await call("read", fd))[2]).toBe("harmless");
      await call("close", fd);
    }
    for (const error of seen.keys()) expect([E.ok, E.access, E.noent, E.loop, E.notdir, E.notcapable]).toContain(error);
    // Both were met: the folder, and the link in its place.
    expect([...seen.keys()].length).toBeGreaterThan(1);
    expect(seen.get(0)).toBeGreaterThan(0);
  }, 60_000);

  test("what is no file: a pipe that would wait for ever, a device", async (context) => {
    const { call, root } = await probe(context, { settings: { preopens: { "/data": "inside" } } });
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(root, "inside", "pipe")]);
    chmodSync(join(root, "inside", "pipe"), 0o644);
    expect(await errno(call("open", 3, "pipe", 0, READ))).toBe(E.notsup);
  });

  test("a file by a hard link that somebody else made: the only way, and the system's permissions decide", async (context) => {
    const { call, root } = await probe(context, { settings: { preopens: { "/data": "inside" } } });
    linkSync(join(root, "secret"), join(root, "inside", "hard"));
    const [, fd] = await call("open", 3, "hard", 0, READ);
    expect((await call("read", fd))[2]).toBe("of the plugin's own folder");
  });

  test("pointers beyond its memory, numbers beyond reason", async (context) => {
    const { call } = await probe(context);
    expect(await errno(call("write-wild", 2, -16, 64))).toBe(E.fault);
    expect(await errno(call("write-wild", 2, 0, -1))).toBe(E.fault);
    expect(await errno(call("vectors-wild", 2, 3))).toBe(E.fault);
    expect(await errno(call("vectors-wild", 2, -1))).toBe(E.inval);
    expect(await errno(call("random", -1, 1000))).toBe(E.fault);
    expect(await errno(call("random", 0, -1))).toBe(E.fault);
    expect(await errno(call("open", 3, "x", 0, READ))).toBe(E.badf);
    expect(await errno(call("open", 0, "x", 0, READ))).toBe(E.notdir);
    expect(await errno(call("seek", 1, 0, 0))).toBe(E.spipe);
    expect(await errno(call("close", -1))).toBe(E.badf);
  });
});

describe("how it ends", () => {
  test("by its own exit, with its code; by a trap, with the reason", async (context) => {
    const one = await probe(context);
    await expect(one.call("exit", 3)).rejects.toMatchObject({ code: "plugin_crashed", crash: { exitCode: 3 } });
    const two = await probe(context);
    const error = (await two.call("trap").catch((thrown: unknown) => thrown)) as SallyportError;
    expect(error.crash?.stderrTail?.at(-1)).toContain("the program trapped: RuntimeError: unreachable");
  });

  test("while it waits, at once", async (context) => {
    const { call, kernel } = await probe(context);
    const waiting = call("await", 600_000).catch(({ code }: SallyportError) => code);
    await kernel.unload("probe", { drainMs: 50 });
    expect(["cancelled", "unavailable"]).toContain(await waiting);
  });
});
