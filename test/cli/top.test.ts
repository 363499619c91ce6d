import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { fixture, folder, sallyport, talking } from "./sallyport.js";

const BIN = fileURLToPath(new URL("../../cli/bin/sallyport.js", import.meta.url));

test("top --once runs the config's plugins and shows a line for each", async () => {
  const cwd = await folder({ "sallyport.json": talking() });
  const ran = await sallyport(["top", "--once", "--every", "200"], { cwd });
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).not.toContain("\u001b");
  expect(ran.stdout).toMatch(/^plugin +state +cpu % +memory +calls\/s +p50 +p99 +open +queue +errors +denied +in\/s +out\/s +restarts +mode +confined$/m);
  expect(ran.stdout).toMatch(/^talker +ready .* stdio +\S+$/m);
});

test("top --json is an object a reading", async () => {
  const cwd = await folder({ "sallyport.json": talking() });
  const ran = await sallyport(["top", "--once", "--every", "200", "--json"], { cwd });
  expect(JSON.parse(ran.stdout)).toMatchObject({ format: 1, plugins: [{ name: "talker", mode: "stdio", state: "ready", rates: { callsPerSecond: 0 } }] });
});

test("a running host writes metrics that a node exporter and top read", async () => {
  const cwd = await folder({ "sallyport.json": { ...talking(), metrics: { file: "metrics.prom", everyMs: 100 } } });
  const host = spawn(process.execPath, [BIN, "run"], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void host.kill("SIGKILL"));
  let said = "";
  while (!said.includes("running 1 plugin")) said += String((await once(host.stderr, "data"))[0]);
  await expect.poll(() => readFile(join(cwd, "metrics.prom"), "utf8").catch(() => ""), { timeout: 20_000 }).toContain('sallyport_calls_total{plugin="talker",mode="stdio"} 0');
  const text = await readFile(join(cwd, "metrics.prom"), "utf8");
  // Of the older text format a collector knows these and no others.
  for (const line of text.split("\n").filter((each) => each.startsWith("#"))) expect(line).toMatch(/^# (HELP \S+ .+|TYPE \S+ (counter|gauge|histogram|summary))$/);
  for (const [, name] of text.matchAll(/^# TYPE (\S+) counter$/gm)) expect(name).toMatch(/_total$/);
  for (const name of ["metrics.prom", "metrics.json"]) expect((await stat(join(cwd, name))).mode & 0o777).toBe(0o640);
  const shown = await sallyport(["top", "--file", "metrics.prom", "--once", "--every", "300"], { cwd });
  expect(shown.stdout).toMatch(new RegExp(`pid ${host.pid}, 1 plugin`));
  expect(shown.stdout).toMatch(/^talker +ready +/m);
  host.kill("SIGTERM");
  await once(host, "exit");
  expect(await readFile(join(cwd, "metrics.prom"), "utf8")).not.toContain("talker");
}, 120_000);

test("top says when a file is missing, is no metrics, or is old", async () => {
  const snapshot = { format: 1, at: 1000, pid: 1, host: { residentBytes: 0 }, plugins: [{ name: "evil\u001b[2J", mode: "x", state: "ready", calls: 0, errors: 0, denied: 0, restarts: 0, inFlight: 0, queued: 0, latency: { count: 0, p50Ms: 0, p99Ms: 0 }, unsafe: true }] };
  const cwd = await folder({ "other.json": "{}", "old.json": snapshot });
  expect(await sallyport(["top", "--file", "none.prom"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("not_found") as string });
  expect(await sallyport(["top", "--file", "other.json"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("invalid_argument") as string });
  const old = await sallyport(["top", "--file", "old.json", "--once", "--every", "50"], { cwd });
  expect(old.stdout).toMatch(/has written nothing for \d+ s/);
  expect(old.stdout).not.toContain("\u001b");
});

test("a metrics file is never written through a link", async () => {
  const cwd = await folder({ "victim": "untouched", "sallyport.json": { plugins: { greeter: fixture("greeter.js") }, metrics: { file: "m.prom", everyMs: 100 } } });
  await symlink(join(cwd, "victim"), join(cwd, "m.prom"));
  await sallyport(["run"], { cwd, interrupt: { when: "running 1 plugin", signal: "SIGTERM" } });
  expect(await readFile(join(cwd, "victim"), "utf8")).toBe("untouched");
});
