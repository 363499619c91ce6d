import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { createKernel } from "@sallyport/kernel";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const HOST = fileURLToPath(new URL("fixtures/emfile.mjs", import.meta.url));
const POLITE = fileURLToPath(new URL("../gauntlet/polite.sh", import.meta.url));
const STEPS = fileURLToPath(new URL("fixtures/steps", import.meta.url));
const posix = process.platform !== "win32";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-faults-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a host without a descriptor left", () => {
  // Some of the pipes of a child can be made, then all; a thread needs few.
  it.skipIf(!posix).each([...["stdio", "process"].flatMap((mode) => [0, 3, 8].map((left) => ({ mode, left }))), { mode: "worker", left: 0 }])("mode $mode, $left free: the load fails with a code and a remedy, or works; the next one works", ({ mode, left }) => {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", 'ulimit -n 400; exec "$@"', "sh", process.execPath, HOST, mode, String(left)], { encoding: "utf8", timeout: 25_000 });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { full, after } = JSON.parse(stdout) as { full: string; after: string };
    expect(["spawn_failed", "resource_exhausted", "sandbox_unavailable", "loaded"]).toContain(full);
    if (mode !== "worker" && left === 0) expect(full).not.toBe("loaded");
    expect(after).toBe("loaded");
  });
});

/** What Node gets from the system when it starts a process. Given back when the test is over. */
function failSpawns(errno: number): { restore(): void } {
  const { Process } = (process as unknown as { binding(name: string): { Process: { prototype: { spawn(options: unknown): number } } } }).binding("process_wrap");
  const { spawn } = Process.prototype;
  Process.prototype.spawn = () => errno;
  return { restore: () => void (Process.prototype.spawn = spawn) };
}

describe("a start that the system refuses", () => {
  it.each([
    { reason: "EAGAIN", errno: -11, help: /ulimit -u/ },
    { reason: "ENOMEM", errno: -12, help: /memory/ },
    { reason: "EMFILE", errno: -24, help: /ulimit -n/ },
    { reason: "ENFILE", errno: -23, help: /./ },
    { reason: "EPERM", errno: -1, help: /./ },
  ].flatMap((fault) => [{ ...fault, mode: "stdio", path: POLITE }, { ...fault, mode: "process", path: STEPS }]))("with $reason in mode $mode is spawn_failed, with a remedy, and the next one works", async ({ reason, errno, help, mode, path }) => {
    await using kernel = createKernel({ adapters: [stdio(), processMode({ spares: 0 })] });
    kernel.provide("host.at", () => null);
    const spec = { path, name: "it", mode, grants: ["call:host.*"] };
    // The bundler's own child is started, and what it made is kept.
    await kernel.load(spec);
    await kernel.unload("it", { drainMs: 0 });
    const { restore } = failSpawns(errno);
    try {
      await expect(kernel.load(spec)).rejects.toMatchObject({ code: "spawn_failed", plugin: "it", help: expect.stringMatching(help) as string, data: { reason } });
      expect(kernel.list()).toEqual([]);
    } finally {
      restore();
    }
    await kernel.load(spec);
    await kernel.close({ drainMs: 0 });
  });

  it.skipIf(!posix)("in the middle of its life (its file is gone, then back) fails the calls meanwhile and no later one", async () => {
    const program = join(folder, "polite");
    copyFileSync(POLITE, program);
    chmodSync(program, 0o755);
    await using kernel = createKernel({ adapters: [stdio()] });
    await kernel.load({ path: program, name: "it", restart: { backoffMs: 20, maxBackoffMs: 20, crashes: 100 } });
    renameSync(program, `${program}.away`);
    process.kill(Number(/\d+/.exec(kernel.list()[0]?.label ?? "")?.[0]), "SIGKILL");
    await vi.waitFor(() => expect(kernel.list()[0]?.state).not.toBe("ready"), 5000);
    await expect(kernel.call("any", null, { timeoutMs: 5000 })).rejects.toMatchObject({ code: "spawn_failed", data: { reason: "ENOENT" } });
    renameSync(`${program}.away`, program);
    await vi.waitFor(() => expect(kernel.call("any", null, { timeoutMs: 1000 })).resolves.toBeTypeOf("number"), 10_000);
    expect(kernel.list()[0]?.stats).toMatchObject({ inFlight: 0, queued: 0 });
    await kernel.close({ drainMs: 0 });
  });
});
