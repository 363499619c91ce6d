import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { stdio, type StdioOptions } from "@sallyport/adapter-stdio";
import { DEFAULT_LIMITS, jsonCodec, type Frame, type HostHello } from "@sallyport/bus";
import type { Boundary, PluginSource } from "@sallyport/kernel";

const GAUNTLET = fileURLToPath(new URL("../gauntlet/", import.meta.url));
const never = new AbortController().signal;

interface Opened {
  readonly boundary: Boundary;
  readonly frames: Frame[];
  readonly logs: string[];
}

async function open(source: PluginSource, { args = [], config = null, ...options }: StdioOptions & { args?: readonly string[]; config?: unknown } = {}): Promise<Opened> {
  const adapter = stdio(options);
  onTestFinished(async () => adapter[Symbol.asyncDispose]());
  const frames: Frame[] = [];
  const logs: string[] = [];
  const hello: HostHello = { t: "hello", host: "test", version: "1.0.0", proto: "1.0", features: [], limits: {}, grants: [], config, instance: "x#1" };
  let heard = (): void => {};
  const greeted = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const boundary = await adapter.open(
    { source, instance: "x#1", args, limits: DEFAULT_LIMITS, sandbox: "auto", permissions: { run: ["*"] }, debug: false },
    {
      receive(frame) {
        frames.push(frame);
        if (frame.t === "hello") heard();
      },
      log: (_level, text) => void logs.push(text),
      drained() {},
    },
    never,
  );
  await Promise.race([greeted, boundary.exited]);
  boundary.send(hello);
  return { boundary, frames, logs };
}

async function inspect(path: string): Promise<PluginSource> {
  const source = await stdio().inspect({ path }, never);
  if (source === undefined) throw new Error(`${path} is no plugin`);
  return source;
}

test("an executable without a manifest is a plugin, named for its file", async () => {
  const source = await inspect(`${GAUNTLET}polite.sh`);
  expect(source).toMatchObject({ name: "polite", kind: "executable", manifest: undefined });
  const { boundary, frames } = await open(source);
  expect(frames[0]).toMatchObject({ t: "hello", name: "gauntlet" });
  boundary.end();
  expect(await boundary.exited).toMatchObject({ exitCode: 0 });
});

test("a module is left to other modes", async () => {
  expect(await stdio().inspect({ path: fileURLToPath(import.meta.url) }, never)).toBeUndefined();
});

test("only the codecs that the host offers can be chosen", async () => {
  const { boundary } = await open(await inspect(`${GAUNTLET}stray-print-msgpack.sh`), { codecs: [jsonCodec] });
  expect(await boundary.exited).toMatchObject({ error: { code: "bad_handshake", msg: expect.stringContaining("msgpack") } });
});

test("a launcher wraps the command line, and can refuse", async () => {
  const source = await inspect(`${GAUNTLET}environment.sh`);
  const { boundary, logs } = await open(source, { args: ["a b"], launcher: (argv) => ["/bin/sh", "-c", 'exec "$@"', "launcher", ...argv, "$(wrapped)"] });
  boundary.end();
  await boundary.exited;
  expect(logs).toContain("argv a b $(wrapped)");
  const refusing = (): never => {
    throw new Error("no sandbox here");
  };
  await expect(open(source, { launcher: refusing })).rejects.toThrow("no sandbox here");
});

test("disposing the adapter ends what it started", async () => {
  const adapter = stdio();
  const boundary = await adapter.open(
    { source: await inspect(`${GAUNTLET}silent.sh`), instance: "x#1", args: [], limits: DEFAULT_LIMITS, sandbox: "auto", permissions: { run: ["*"] }, debug: false },
    { receive() {}, log() {}, drained() {} },
    never,
  );
  await adapter[Symbol.asyncDispose]();
  expect(await boundary.exited).toMatchObject({ signal: "SIGKILL" });
});

describe("a command", () => {
  let folder = "";
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("runs an entry that is not executable, in the plugin's folder, without a shell", async () => {
    writeFileSync(join(folder, "main"), readFileSync(`${GAUNTLET}environment.sh`));
    chmodSync(join(folder, "main"), 0o644);
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "probe", version: "1.0.0", entry: "main", command: ["/bin/sh"] }));
    const { boundary, logs } = await open(await inspect(folder), { args: ["; rm -rf /nonexistent", "$(id)", "--inspect"] });
    boundary.end();
    await boundary.exited;
    expect(logs).toContain(`cwd ${folder}`);
    expect(logs).toContain("argv ; rm -rf /nonexistent $(id) --inspect");
  });
});

describe("what a plugin's process inherits", () => {
  test("is an allow-listed environment", async () => {
    const planted = { SALLYPORT_TEST_TOKEN: "canary-1b7e", LD_LIBRARY_PATH: "/canary", NODE_OPTIONS: "--no-warnings" };
    const saved = { ...process.env };
    Object.assign(process.env, planted);
    onTestFinished(() => {
      for (const name of Object.keys(planted)) {
        if (saved[name] === undefined) delete process.env[name];
        else process.env[name] = saved[name];
      }
    });
    const { boundary, logs } = await open(await inspect(`${GAUNTLET}environment.sh`));
    boundary.end();
    await boundary.exited;
    const names = logs.filter((line) => line.startsWith("env ")).map((line) => line.slice(4).split("=")[0]);
    expect(names).toContain("SALLYPORT_PLUGIN");
    for (const name of Object.keys(planted)) expect(names).not.toContain(name);
    expect(logs.join("\n")).not.toContain("canary");
  });

  test.skipIf(process.platform !== "linux")("is descriptors 0, 1 and 2 and no other", async () => {
    const { boundary, logs } = await open(await inspect(`${GAUNTLET}environment.sh`));
    const fds = `/proc/${boundary.label.replace("pid ", "")}/fd`;
    const outside = readdirSync(fds).map((fd) => `${fd} -> ${readlinkSync(join(fds, fd))}`);
    boundary.end();
    await boundary.exited;
    // What the host itself inherited is covered by nothing; `ls` holds the folder that it lists, and a shell its script. Landlock keeps a program from its
    // own /proc too, and has nothing in between that would be seen from outside in its place.
    const inside = logs.filter((line) => / \d+ -> /.test(line)).map((line) => line.replace(/^.* (\d+ -> )/, "$1"));
    const listed = inside.length > 0 ? inside : outside;
    expect(listed.filter((line) => /^[012] -> /.test(line))).toHaveLength(3);
    const others = listed.filter((line) => !/^[012] -> |-> \/dev\/null$|-> \/proc\/\d+\/fd$|\/environment\.sh$/.test(line));
    expect(others).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")("holds no secret of its config, and nobody can listen in", async () => {
    const { boundary } = await open(await inspect(`${GAUNTLET}polite.sh`), { config: { token: "canary-93c2" } });
    const pid = boundary.label.replace("pid ", "");
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("canary");
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("canary");
    expect(listening([pid, String(process.pid)])).toEqual([]);
  });
});

/** Listening sockets among the descriptors of some processes, as lines of /proc/net. */
function listening(pids: readonly string[]): string[] {
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined) inodes.add(inode);
      } catch {
        // The descriptor that listed the folder is closed again.
      }
    }
  }
  const lines = (file: string): string[][] => readFileSync(`/proc/net/${file}`, "utf8").split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  const tcp = ["tcp", "tcp6"].flatMap(lines).filter((at) => at[3] === "0A" && inodes.has(at[9] ?? ""));
  const unix = lines("unix").filter((at) => at[3] === "00010000" && inodes.has(at[6] ?? ""));
  return [...tcp, ...unix].map((at) => at.join(" "));
}
