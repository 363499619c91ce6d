import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { endpoints, tree } from "./census.js";
import { startHost } from "./host.js";

const linux = existsSync("/proc/self/net/tcp");
const root = fileURLToPath(new URL("../../", import.meta.url));

// One after the other by name of the mode: demo.* can be provided once.
it.skipIf(!linux).each([["inline"], ["worker"], ["process"], ["stdio"], ["inline", "stdio"]].map((modes) => ({ modes })))("with plugins in $modes nothing can be connected to, and nothing lies about: no port, named socket, pipe or file, and nothing that stays", async ({ modes }) => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-endpoints-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const host = await startHost(modes, { env: { ...process.env, TMPDIR: folder } });
  await host.work();
  const found = endpoints(host.pid);
  expect(found.listening).toEqual([]);
  // The code of node and of this project may be open; nothing of a plugin's making.
  expect(found.files.filter((file) => !file.startsWith(root) && !file.includes(`${sep}node_modules${sep}`) && file !== process.execPath)).toEqual([]);
  // A bundler of ours may need a moment's folder, never a file that stays; nobody's runtime leaves any. Where no bubblewrap gives
  // a program a temporary folder of its own, it has an empty one here that nobody else can open.
  for (const name of readdirSync(folder)) {
    const facts = statSync(join(folder, name));
    expect([facts.isDirectory(), facts.mode & 0o077, readdirSync(join(folder, name))]).toEqual([true, 0, []]);
  }
  const pids = tree(host.pid);
  expect(await host.close()).toBe(0);
  // The inner processes of a sandbox die with it, and are collected a moment later.
  await vi.waitFor(() => expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]), 3000);
  expect(readdirSync(folder)).toEqual([]);
});

it.skipIf(!linux)("the look itself finds a port, a named socket and a file, where a program has them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-endpoints-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = `const net = require("net"); const fs = require("fs"); globalThis.open = fs.openSync("left", "w"); net.createServer().listen(0, "127.0.0.1", () => net.createServer().listen("socket", () => console.log("ready")));`;
  const child = spawn(process.execPath, ["-e", script], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const found = endpoints(child.pid as number);
  expect(found.listening.map((one) => one.split(" ")[0]).sort()).toEqual(["tcp", "unix"]);
  expect(found.files.map((file) => basename(file))).toContain("left");
});
