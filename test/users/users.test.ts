import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { endpoints, tree } from "../endpoints/census.js";
import { startHost } from "../endpoints/host.js";

const PROBE = readFileSync(fileURLToPath(new URL("fixtures/probe.py", import.meta.url)), "utf8");
/** `nobody`: a user without rights, and whose processes nobody misses. */
const NOBODY = 65_534;
const CANARY = "canary-7f3a51d0";
const SAID = new Set(["EPERM", "EACCES"]);

const reason = process.platform !== "linux" ? "needs /proc of Linux"
  : process.getuid?.() !== 0 ? "only root can start a program of another user"
  : spawnSync("python3", ["-c", "import resource"]).status !== 0 ? "needs python3"
  : undefined;

type Attempt = [what: string, outcome: string, text: string];

/** Runs the probe as a user; the pids and files are what it tries. */
function probe(uid: number | undefined, pids: readonly number[], files: readonly string[]): Attempt[] {
  const { stdout, stderr, status } = spawnSync("python3", ["-c", PROBE, pids.join(","), ...files], { cwd: "/", encoding: "utf8", env: { PATH: process.env["PATH"] ?? "" }, ...(uid !== undefined && { uid, gid: uid }) });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Attempt[];
}

describe("another user of the machine", () => {
  it.for(["process", "stdio", "worker"])("can neither read nor write nor end a host or its plugin in mode %s", async (mode, context) => {
    if (reason !== undefined) return context.skip(reason);
    const folder = mkdtempSync(join(tmpdir(), "sallyport-users-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // The files that a host writes and reads are its own; the folder is open, as a careless one would be.
    chmodSync(folder, 0o755);
    const files = ["sallyport.json", "audit.log", "secrets"].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, CANARY, { mode: 0o600 });
    const host = await startHost([mode], { env: { ...process.env, CANARY } });
    const pids = tree(host.pid);
    if (mode !== "worker") expect(pids.length).toBeGreaterThan(1);
    const tried = probe(NOBODY, pids, files);
    // One that ended meanwhile (a look at what the machine can do) was there for nobody.
    const ended = pids.filter((pid) => !existsSync(`/proc/${pid}`));
    const attempts = tried.filter(([what]) => !ended.some((pid) => what.endsWith(` of ${pid}`) || what.endsWith(` ${pid}`)));
    expect(attempts.length).toBeGreaterThan(20);
    const allowed = attempts.filter(([what, outcome]) => !SAID.has(outcome) && !what.startsWith("cmdline"));
    expect(allowed).toEqual([]);
    // The one thing that everybody may read holds no secret.
    const lines = attempts.filter(([what]) => what.startsWith("cmdline"));
    expect(lines.map(([, outcome]) => outcome)).toEqual(pids.filter((pid) => !ended.includes(pid)).map(() => "done"));
    expect(lines.filter(([, , text]) => text.includes(CANARY))).toEqual([]);
    // Nothing of it was felt.
    await host.work();
    expect(endpoints(host.pid).listening).toEqual([]);
    expect(await host.close()).toBe(0);
  });

  it("is refused by the system, and not by the probe: its own user gets what it asks for", async (context) => {
    if (reason !== undefined) return context.skip(reason);
    const host = await startHost(["process"], { env: { ...process.env, CANARY } });
    const done = probe(undefined, [host.pid], []).filter(([, outcome]) => outcome === "done").map(([what]) => what.replace(/ \d+$/, ""));
    for (const what of ["read environ of", "read maps of", "list descriptors of", "trace", "send SIGUSR1 to", "send SIGKILL to"]) expect(done).toContain(what);
  });
});

/** One that ends takes others with it, before it is their turn. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

describe.skipIf(process.platform !== "linux")("an inspector", () => {
  const childPorts = (pid: number): readonly string[] => tree(pid).slice(1).flatMap((child) => endpoints(child).listening);
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

  it.each([["process"], ["stdio"]])("is not opened by SIGUSR1 in an instance of mode %s, whoever sends it", async (mode) => {
    const host = await startHost([mode]);
    // Of the host's own user: another one may not send it at all.
    for (const pid of tree(host.pid).slice(1)) signal(pid, "SIGUSR1");
    await settle();
    expect(childPorts(host.pid)).toEqual([]);
    // A program that does not know the signal ends of it, as of any other, and is started again.
    if (mode === "process") await host.work();
  });

  it.each([["process"], ["worker"], ["stdio"]])("is not opened by NODE_OPTIONS in the host's environment, in mode %s", async (mode) => {
    const host = await startHost([mode], { env: { ...process.env, NODE_OPTIONS: "--inspect=127.0.0.1:0" } });
    await host.work();
    // The host's own is its user's wish.
    expect(host.stderr().match(/Debugger listening/g)).toHaveLength(1);
    expect(childPorts(host.pid)).toEqual([]);
  });
});
