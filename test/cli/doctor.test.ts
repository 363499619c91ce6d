import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fixture, folder, sallyport, talking } from "./sallyport.js";

interface Report {
  readonly ok: boolean;
  readonly machine: readonly { readonly name: string; readonly status: string; readonly text: string; readonly fix?: string }[];
  readonly modes: readonly { readonly mode: string; readonly profile: string; readonly guards: Readonly<Record<string, string>>; readonly needs: readonly { readonly what: string; readonly found?: string; readonly help: string }[] }[];
  readonly plugins: readonly { readonly plugin: string; readonly mode?: string; readonly problems: readonly { readonly text: string }[] }[];
}

test("doctor tells what each mode keeps here, in lines of 80 characters without colours", async () => {
  const cwd = await folder({});
  const ran = await sallyport(["doctor"], { cwd });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).not.toContain("\u001b");
  for (const line of ran.stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(ran.stdout).toMatch(/^ +process +worker +wasm/m);
  expect(ran.stdout).toMatch(/^ {2}files beyond its permissions +kept +kept +kept/m);
  expect(ran.stdout.replace(/\s+/g, " ")).toMatch(/ auto gives process \w+, .* inline none\./);
});

test("doctor --json has every check with its state, and every mode with its guards", async () => {
  const cwd = await folder({});
  const { stdout } = await sallyport(["doctor", "--json"], { cwd });
  const report = JSON.parse(stdout) as Report;
  const modes = new Map(report.modes.map((mode) => [mode.mode, mode]));
  expect([...modes.keys()]).toEqual(expect.arrayContaining(["process", "worker", "stdio", "inline"]));
  expect(modes.get("inline")?.guards).toEqual({});
  expect(modes.get("worker")?.guards).toMatchObject({ memoryMb: expect.stringMatching(/^only /), files: expect.any(String), timers: expect.any(String) });
  for (const { mode, needs } of report.modes) for (const { what, found, help } of needs) expect([mode, what, found ?? help]).not.toContain("");
  for (const { status, fix } of report.machine) {
    expect(["ok", "note", "lacking"]).toContain(status);
    if (status === "lacking") expect(fix).toBeDefined();
  }
});

test("a config that asks for what cannot be enforced: exit code 1, and which plugin", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: {
    adder: { path: fixture("adder.js"), mode: "inline", trust: "trusted", limits: { memoryMb: 64, inflight: 2 } },
    talker: { path: fixture("talker"), limits: { inflight: 2 } },
    thread: { path: fixture("adder.js"), mode: "worker", trust: "reviewed", sandbox: "strict" },
  } } });
  const ran = await sallyport(["doctor"], { cwd });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/FAILS +adder inline.*sallyport\.json:1:/);
  expect(ran.stdout).toContain("limits.memoryMb is not kept in mode inline here");
  expect(ran.stdout).toMatch(/ok +talker stdio/);
  expect(ran.stdout).toMatch(/FAILS +thread worker[^]*asks for profile 'strict'[^]*fix +Run it in a process/);
});

test("a config that cannot be trusted or read is part of the answer", async () => {
  const cwd = await folder({ "sallyport.json": talking(), "broken.json": '{ "plugins": { "a": 7 } }' });
  await chmod(join(cwd, "sallyport.json"), 0o666);
  const open = await sallyport(["doctor"], { cwd });
  expect(open).toMatchObject({ code: 1 });
  expect(open.stdout).toContain("chmod o-w sallyport.json");
  const broken = await sallyport(["doctor", "--config", "broken.json"], { cwd });
  expect(broken).toMatchObject({ code: 1 });
  expect(broken.stdout).toContain("broken.json:1:21");
});
