import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { process as processMode, type ProcessOptions } from "@sallyport/adapter-process";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { Adapter, Boundary, PluginSpec } from "@sallyport/kernel";
import { gone, isAlive, pidOf } from "../child/harness.js";

const never = new AbortController().signal;

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
  writeFileSync(join(folder, "index.js"), 'import { definePlugin } from "@sallyport/plugin";\nexport default definePlugin({ methods: { "x.y": () => 1 } });\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Guests that this process started, whether or not a plugin runs in them. */
function guests(parent = process.pid): number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").split(" ").filter(Boolean).map(Number).filter((pid) => {
    try {
      return isAlive(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("guest-child");
    } catch {
      return false;
    }
  });
}

const heapOf = (pid: number): string => /--max-old-space-size=(\d+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? "";

/** Looks again until it holds; only the test's own time limit bounds the wait. */
async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function adapter(options?: ProcessOptions): Adapter {
  const made = processMode(options);
  onTestFinished(async () => made[Symbol.asyncDispose]());
  return made;
}

async function open(mode: Adapter, memoryMb = DEFAULT_LIMITS.memoryMb): Promise<Boundary> {
  const source = await mode.inspect({ path: join(folder, "index.js"), limits: { memoryMb } }, never);
  if (source === undefined) throw new Error("no plugin");
  let greet = (): void => {};
  const greeted = new Promise<void>((resolve) => (greet = resolve));
  const boundary = await mode.open(
    { source, instance: "x#1", args: [], limits: { ...DEFAULT_LIMITS, memoryMb }, sandbox: "auto", permissions: {}, debug: false },
    { receive: (frame) => frame.t === "hello" && greet(), log() {}, drained() {} },
    never,
  );
  await greeted;
  return boundary;
}

describe.skipIf(process.platform !== "linux")("a spare", () => {
  test("is started by the first plugin that the mode may run, and by no other", async () => {
    const mode = adapter();
    const before = guests();
    const inspect = (spec: Partial<PluginSpec>): unknown => mode.inspect({ path: join(folder, "index.js"), ...spec }, never);
    await inspect({ mode: "worker" });
    await inspect({ trust: "reviewed" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(guests()).toEqual(before);
    await inspect({});
    await until(() => guests().length === before.length + 1);
  });

  test("becomes the next plugin, serves no other, and is replaced", async () => {
    const mode = adapter();
    const first = pidOf(await open(mode));
    const spare = await until(() => guests().find((pid) => pid !== first));
    expect(pidOf(await open(mode))).toBe(spare);
    const next = await until(() => guests().find((pid) => pid !== first && pid !== spare));
    expect(isAlive(first)).toBe(true);
    expect(next).not.toBe(spare);
  });

  test("serves only the heap that it was started with", async () => {
    const mode = adapter();
    await open(mode, 64);
    const spare = await until(() => guests().length === 2 && guests()[1]);
    expect(heapOf(spare)).toBe("64");
    expect(heapOf(pidOf(await open(mode, 96)))).toBe("96");
    await gone(spare);
  });

  test("that dies is replaced", async () => {
    const mode = adapter();
    await mode.inspect({ path: join(folder, "index.js") }, never);
    const spare = await until(() => guests()[0]);
    process.kill(spare, "SIGKILL");
    expect(await until(() => guests().find((pid) => pid !== spare))).toBeDefined();
  });

  test("ends with its adapter, and none is started where none is wanted", async () => {
    const mode = adapter();
    await mode.inspect({ path: join(folder, "index.js") }, never);
    const spare = await until(() => guests()[0]);
    await mode[Symbol.asyncDispose]();
    await gone(spare);
    const boundary = await open(adapter({ spares: 0 }));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(guests()).toEqual([pidOf(boundary)]);
  });

  test.each(["ends", "is killed"])("keeps no host alive that %s, and does not outlive it", async (how) => {
    const host = spawn(process.execPath, [fileURLToPath(new URL("fixtures/host.mjs", import.meta.url)), join(folder, "index.js")], { stdio: ["ignore", "pipe", "inherit"] });
    await once(host.stdout, "data");
    const spare = await until(() => guests(host.pid)[0]);
    if (how === "ends") host.kill("SIGUSR2");
    else host.kill("SIGKILL");
    await once(host, "exit");
    await gone(spare);
  });

  test("is waited for by a host that closes its adapter and has nothing else to do", async () => {
    const host = spawn(process.execPath, [fileURLToPath(new URL("fixtures/closing-host.mjs", import.meta.url)), join(folder, "index.js")], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    host.stdout.on("data", (text: Buffer) => (printed += text.toString()));
    await until(() => printed.includes("ready"));
    const spare = await until(() => guests(host.pid)[0]);
    // Until it is let go, which follows its start.
    await new Promise((resolve) => setTimeout(resolve, 200));
    host.kill("SIGUSR2");
    await once(host, "close");
    expect(printed).toBe("ready\nclosed\n");
    await gone(spare);
  });
});
