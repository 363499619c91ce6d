import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { verifyAudit } from "sallyport";
import { expect, onTestFinished, test } from "vitest";
import { fixture, sallyport } from "../cli/sallyport.js";
import { linesIn, privateFolder } from "./logs.js";

const program = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));

function start(name: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function saying(child: ChildProcess): Promise<string> {
  const [text] = (await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data")) as [Buffer];
  return text.toString().trim();
}

test("a host that is killed while it writes, again and again, leaves a log that holds together", async () => {
  const file = join(await privateFolder(), "audit.jsonl");
  const rounds = 8;
  for (let round = 0; round < rounds; round++) {
    const child = start("writer", file);
    expect(await saying(child)).toBe("writing");
    await wait(20 + Math.random() * 60);
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const last = start("contender", file);
  expect(await saying(last)).toBe("took");
  last.stdin?.end();
  await once(last, "exit");
  for (const each of [file, join(file, "..", "audit.crossings.jsonl")]) expect(await verifyAudit(each)).toMatchObject({ problems: [], isWhole: true });
  const runs = (await verifyAudit(file)).notes.filter((note) => note.what.includes("was killed"));
  expect(runs.length).toBeGreaterThanOrEqual(rounds);
}, 60_000);

test("of hosts that find the same stale lock at once, one gets it", async () => {
  const file = join(await privateFolder(), "audit.jsonl");
  const dead = start("contender", file);
  expect(await saying(dead)).toBe("took");
  dead.kill("SIGKILL");
  await once(dead, "exit");
  const contenders = Array.from({ length: 6 }, () => start("contender", file));
  const said = await Promise.all(contenders.map(saying));
  expect(said.toSorted()).toEqual([...Array.from({ length: 5 }, () => "conflict"), "took"]);
  for (const each of contenders) each.stdin?.end();
}, 60_000);

test("SIGTERM to a host loses nothing that was accepted", async () => {
  const cwd = await privateFolder();
  await writeFile(join(cwd, "sallyport.json"), JSON.stringify({ plugins: { talker: fixture("talker") }, audit: { file: "audit.jsonl", crossings: "all" } }), { mode: 0o600 });
  const ran = await sallyport(["run"], { cwd, interrupt: { when: "running 1 plugin", signal: "SIGTERM" } });
  expect(ran).toMatchObject({ code: 0 });
  const events = (await linesIn(join(cwd, "audit.jsonl"))).map((line) => line.event);
  expect(events.slice(-3)).toEqual(["stopped", "unloaded", "closed"]);
  expect(await verifyAudit(join(cwd, "audit.jsonl"))).toMatchObject({ isWhole: true, notes: [] });
});

test("a program that ends without closing anything has written all the same", async () => {
  const file = join(await privateFolder(), "audit.jsonl");
  const source = `import { createAudit } from "sallyport"; const a = createAudit({ file: ${JSON.stringify(file)}, crossings: "all" });
    a.hooks.lifecycle({ at: 0, plugin: "fx", event: "ready" }); process.exit(3);`;
  const script = join(fileURLToPath(new URL(".", import.meta.url)), "..", "..");
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd: script, stdio: "ignore" });
  expect((await once(child, "exit"))[0]).toBe(3);
  expect((await linesIn(file)).map((line) => line.event)).toEqual(["opened", "started", "ready", "closed"]);
});

test("a full disk: calls go on, loads are refused while the audit is required, and the log says what is missing", async (context) => {
  const base = await privateFolder();
  const disk = join(base, "disk");
  await mkdir(disk);
  const script = `mount -t tmpfs -o size=512k,mode=700 tmpfs '${disk}' && '${process.execPath}' '${program("full")}' '${disk}' '${fixture("greeter.js")}' && cp '${disk}'/audit* '${base}'`;
  const probe = await promisify(execFile)("unshare", ["-rm", "sh", "-c", `mount -t tmpfs tmpfs '${disk}'`]).catch((error: Error) => error);
  if (probe instanceof Error) return context.skip(`no small disk can be made here: ${probe.message.split("\n").slice(0, 2).join(" ")}`);
  const { stdout } = await promisify(execFile)("unshare", ["-rm", "sh", "-c", script], { timeout: 60_000 });
  const said = JSON.parse(stdout) as { calls: string[]; denied: string[]; loadWhileFull: string; loadAfter: string; logged: string[] };
  expect(said).toMatchObject({ calls: ["ok"], denied: ["permission_denied"], loadWhileFull: "failed_precondition", loadAfter: "ok" });
  expect(said.logged).toEqual([expect.stringMatching(/^error: .*cannot be written: ENOSPC.*no plugin is loaded/), expect.stringMatching(/^info: .*is written again/)]);
  const file = join(base, "audit.jsonl");
  expect(await verifyAudit(file)).toMatchObject({ problems: [] });
  // The kernel tells so many a second one by one, and the rest as a number.
  const told = (await linesIn(file)).filter((line) => line.event === "denied").map((line) => (line["detail"] as { count?: number } | undefined)?.count ?? 1);
  expect(told.reduce((sum, each) => sum + each, 0)).toBe(60);
}, 90_000);
