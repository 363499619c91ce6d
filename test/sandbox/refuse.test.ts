import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { inline } from "@sallyport/adapter-inline";
import { worker } from "@sallyport/adapter-worker";
import { stdio } from "@sallyport/adapter-stdio";
import { createKernel, type Adapter, type PluginSpec } from "@sallyport/kernel";
import { createSandbox } from "@sallyport/sandbox";
import { DRILL, failure, folder } from "./harness.js";

/** Loads under an adapter and says what came of it, and what was logged. */
async function load(adapter: Adapter, spec: Partial<PluginSpec>): Promise<{ readonly info: unknown; readonly logs: readonly string[] }> {
  const logs: string[] = [];
  const kernel = createKernel({ adapters: [adapter], hooks: { log: ({ message }) => void logs.push(message) } });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  const info = await kernel.load({ path: DRILL, restart: false, ...spec });
  return { info, logs };
}

/** PATH for the length of a test. */
function withPath(path: string): void {
  const before = process.env["PATH"];
  process.env["PATH"] = path;
  onTestFinished(() => void (process.env["PATH"] = before));
}

/** A launcher that a kernel without Landlock would have answered like this. */
async function oldLauncher(): Promise<string> {
  const file = join(await folder(), "launcher");
  writeFileSync(file, "#!/bin/sh\necho 'landlock 0 seccomp 0'\n", { mode: 0o500 });
  return file;
}

test("strict by name without bubblewrap and without Landlock is refused, with the command that helps", async () => {
  const launcher = await oldLauncher();
  const tools = await folder();
  withPath(tools);
  const error = await failure(load(stdio({ sandbox: { launcher } }), { sandbox: "strict" }));
  expect(error).toMatchObject({ code: "sandbox_unavailable", plugin: "drill", path: "sandbox", help: expect.stringMatching(/apt-get install bubblewrap/) });
  expect(error.message).toMatch(/bubblewrap: bwrap is not on PATH; landlock: this kernel has Landlock 0/);
});

test("auto takes less there and says so; a permission is then a refusal", async () => {
  const launcher = await oldLauncher();
  writeFileSync(launcher.replace("launcher", "python3"), '#!/bin/sh\nexec /usr/bin/python3 "$@"\n', { mode: 0o500 });
  withPath(join(launcher, ".."));
  const refused = await failure(load(stdio({ sandbox: { launcher } }), { permissions: { net: ["*"] } }));
  expect(refused).toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("states permissions") });
});

test("a bubblewrap that cannot start anything is as good as none", async () => {
  const launcher = await oldLauncher();
  const tools = await folder();
  writeFileSync(join(tools, "bwrap"), "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n", { mode: 0o700 });
  withPath(tools);
  const error = await failure(load(stdio({ sandbox: { launcher } }), { sandbox: "strict" }));
  expect(error).toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("No permissions to create new namespace") });
  const { profile, guards, remedies } = await createSandbox({ launcher }).enforcement(new AbortController().signal);
  expect(profile).toBe("limits");
  expect(guards.files).toBeUndefined();
  expect(remedies[0]).toMatchObject({ guards: expect.arrayContaining(["files", "network", "peers", "orphans"]), help: expect.stringContaining("bubblewrap") });
});

test("a launcher that others can write, or that was changed, is not used", async () => {
  const launcher = await oldLauncher();
  chmodSync(launcher, 0o722);
  expect(await failure(load(stdio({ sandbox: { by: ["landlock"], launcher } }), { sandbox: "strict" }))).toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("only its owner") });
  chmodSync(launcher, 0o700);
  const adapter = stdio({ sandbox: { by: ["landlock"], launcher } });
  await adapter.enforcement?.(new AbortController().signal);
  writeFileSync(launcher, "#!/bin/sh\nexit 0\n");
  expect(await failure(load(adapter, { sandbox: "limits" }))).toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("was changed") });
});

test("modes without a process of their own refuse a profile by name", async () => {
  const definition = { methods: { "x.y": () => 1 } };
  expect(await failure(load(inline({ x: definition }), { path: "x", mode: "inline", trust: "trusted", sandbox: "strict" }))).toMatchObject({ code: "sandbox_unavailable" });
  expect(await failure(load(worker(), { path: join(DRILL, "../../../../plugins/javascript"), trust: "reviewed", sandbox: "limits" }))).toMatchObject({ code: "sandbox_unavailable", help: expect.stringContaining("process") });
});

test("a launcher of the host's own is not taken for a profile", async () => {
  const adapter = stdio({ launcher: (argv) => argv });
  expect(await failure(load(adapter, { sandbox: "strict" }))).toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("launcher of its own") });
});

test("none is none, and unsafe", async () => {
  const { info } = await load(stdio(), { sandbox: "none" });
  expect(info).toMatchObject({ unsafe: true, confinement: { profile: "none", guards: expect.not.objectContaining({ files: expect.anything() }) } });
});

test("a program that misses what the sandbox hides says which permission it wants", async () => {
  const home = await folder();
  writeFileSync(join(home, "main.py"), "import sys; open('/etc/hostname'); print('SALLYPORT/1 json')\n");
  writeFileSync(join(home, "plugin.json"), JSON.stringify({ name: "wants", version: "1.0.0", entry: "main.py", command: ["python3"], mode: "stdio" }));
  const { profile } = await createSandbox().enforcement(new AbortController().signal);
  if (profile !== "strict") return;
  expect(await failure(load(stdio(), { path: home, sandbox: "strict" }))).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("/etc/hostname"), help: expect.stringContaining("permissions") });
});
