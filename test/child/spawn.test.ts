import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { childEnvironment, spawnChild, startChild as startProgram } from "@sallyport/child";
import { startChild } from "./harness.js";

const GAUNTLET = fileURLToPath(new URL("../gauntlet/", import.meta.url));

function start(program: string, cwd = tmpdir()): Promise<unknown> {
  const host = { receive() {}, log() {}, drained() {} };
  return spawnChild({ argv: [program], cwd, env: childEnvironment(), limits: DEFAULT_LIMITS, host, signal: new AbortController().signal });
}

function file(content: string | Uint8Array, mode: number): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "program");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function elf(machine: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes[18] = machine;
  return bytes;
}

describe("a program that cannot be started", () => {
  test.each([
    ["missing", () => "/nonexistent/program", "does not exist"],
    ["missing on PATH", () => "no-such-program-anywhere", "does not exist"],
    ["not executable", () => file("#!/bin/sh\n", 0o644), "is not executable"],
    ["a folder", () => tmpdir(), "is a folder"],
    ["an empty file", () => file("", 0o755), "empty"],
    ["text without an interpreter", () => file("echo hello\n", 0o755), "without an interpreter"],
    ["an interpreter that is missing", () => file("#!/nonexistent/sh\n", 0o755), "interpreter"],
    ["an empty command", () => "", "empty"],
  ])("%s: spawn_failed with a remedy", async (_name, make, text) => {
    await expect(start(make())).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining(text), help: expect.stringMatching(/.{10}/) });
  });

  test.skipIf(process.platform === "win32")("a pipe in place of the program holds nobody up", async () => {
    const path = `${file("", 0o755)}-pipe`;
    execFileSync("/usr/bin/env", ["mkfifo", "-m", "755", path]);
    await expect(start(path)).rejects.toMatchObject({ code: "spawn_failed" });
  });

  test("a missing working directory is named", async () => {
    await expect(start("/bin/sh", "/nonexistent/folder")).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining("/nonexistent/folder") });
  });

  test.skipIf(process.platform !== "linux")("a program for another machine is refused, not handed to a shell", async () => {
    const other = process.arch === "s390x" ? 62 : 22;
    await expect(start(file(elf(other), 0o755))).rejects.toMatchObject({ code: "spawn_failed", message: expect.stringContaining(process.arch) });
  });

  test("env that finds no interpreter is reported as that, not as a crash", async () => {
    const { boundary } = await startChild("../child/fixtures/no-interpreter.sh");
    expect((await boundary.exited).error).toMatchObject({ code: "spawn_failed", msg: expect.stringContaining("no-such-interpreter") });
  });
});

describe("environment", () => {
  test("is an allow-list", () => {
    const from = { PATH: "/bin", HOME: "/h", LANG: "C", LC_ALL: "C", TZ: "UTC", LD_PRELOAD: "evil.so", NODE_OPTIONS: "--inspect", TOKEN: "secret", LC_EVIL1: "x", SHELL: "() { :; }" };
    expect(childEnvironment(from, "linux")).toEqual({ PATH: "/bin", HOME: "/h", LANG: "C", LC_ALL: "C", TZ: "UTC", SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" });
  });

  test("on Windows names have no case", () => {
    expect(childEnvironment({ Path: "C:\\bin", SystemRoot: "C:\\Windows", Secret: "x" }, "win32")).toEqual({ Path: "C:\\bin", SystemRoot: "C:\\Windows", SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" });
  });
});

describe("a program that is started and not opened", () => {
  const command = { argv: [`${GAUNTLET}polite.sh`], cwd: GAUNTLET, env: childEnvironment() };
  const never = new AbortController().signal;

  test("keeps what it printed until somebody talks to it", async () => {
    const started = await startProgram(command, never);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const hello = new Promise((resolve) => {
      void started.open({ limits: DEFAULT_LIMITS, signal: never, host: { receive: resolve, log() {}, drained() {} } });
    });
    expect(await hello).toMatchObject({ t: "hello", name: "gauntlet" });
    await started[Symbol.asyncDispose]();
    await started.gone;
  });

  test("says so when it ended before", async () => {
    const started = await startProgram(command, never);
    await started[Symbol.asyncDispose]();
    await expect(started.open({ limits: DEFAULT_LIMITS, signal: never, host: { receive() {}, log() {}, drained() {} } })).rejects.toMatchObject({ code: "spawn_failed" });
  });
});
