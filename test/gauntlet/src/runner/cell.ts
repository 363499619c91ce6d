import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Case, Cell, Column } from "../case.js";
import type { FromHost, Job, Report } from "../host/job.js";
import { watchLag } from "../host/lag.js";
import { judge, type Ended } from "./judge.js";
import { end, stillAlive, watchFamily, type Family, type Seen } from "./processes.js";

const HOST = fileURLToPath(new URL("../host/main.js", import.meta.url));
/** The host's own heap, MiB: an attack on it must not need the whole machine. */
const HOST_HEAP_MB = 512;
/** A host that has not been heard for so long hangs, ms. */
const SILENT_MS = 6000;
/** On a machine that is busy with other things a host needs a while to begin, ms. */
const SILENT_START_MS = 30_000;
const LONGEST_MS = 60_000;
const LOOK_MS = 200;
/** For `host-killed`: from the load until the host is killed, and until its plugins must be gone. */
const LEAVING_MS = 500;
const ARMED_MS = 700;
const ORPHANS_MS = 1500;

export interface CellOptions {
  /** The host program, where a layer is switched off: of a copy of the packages with that layer patched out. */
  readonly host?: string;
}

/** Runs attacks in one host, until the last or until the host is no more. `undefined`: not tried. Leaves nothing behind. */
export async function runHost(cases: readonly Case[], column: Column, options: CellOptions = {}): Promise<readonly Cell[]> {
  const token = `gauntlet-${randomBytes(6).toString("hex")}`;
  const temp = mkdtempSync(join(tmpdir(), "sallyport-gauntlet-"));
  const host = spawn(process.execPath, [`--max-old-space-size=${HOST_HEAP_MB}`, options.host ?? HOST], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { PATH: process.env["PATH"], HOME: temp, TMPDIR: temp, ...cases[0]?.hostEnv },
  });
  const family = watchFamily(host.pid ?? 0, token);
  const cells: Cell[] = [];
  try {
    const last = await follow(host, { cases, column, temp, token }, family, (one, report) => cells.push(judge(one, column, report)));
    if (last !== undefined) cells.push(judge(last.one, column, last.ended));
    return cells;
  } finally {
    host.kill("SIGKILL");
    end(family.alive());
    rmSync(temp, { recursive: true, force: true });
  }
}

export async function runCell(one: Case, column: Column, options: CellOptions = {}): Promise<Cell> {
  const [cell] = await runHost([one], column, options);
  return cell ?? { case: one.id, column: column.id, state: "skipped", why: "the host did not come to it" };
}

/** Resolves when the host has ended, with the case that it did not survive. */
async function follow(host: ChildProcess, job: Job, family: Family, done: (one: Case, ended: Ended) => void): Promise<{ one: Case; ended: Ended } | undefined> {
  let heardAt = performance.now();
  let startedAt = heardAt;
  let attackedAt: number | undefined;
  let phase = "starting";
  let current = 0;
  let failed: string | undefined;
  let hangs = false;
  let errors = "";
  let killed = false;
  // This process is attacked by nobody: what holds it up, the machine does.
  const lag = watchLag();
  let judged = Promise.resolve();
  /** What is on its way out needs a moment; the rest is counted and ended, so that the next attack is not blamed for it. */
  const after = (one: Case, seen: Ended, suspects: readonly Seen[]): (() => Promise<void>) => {
    const looked = new Promise<readonly Seen[]>((resolve) => setTimeout(() => resolve(stillAlive(suspects)), suspects.length > 0 ? LEAVING_MS : 0));
    return async () => {
      const left = await looked;
      end(left);
      done(one, { ...seen, survivors: left.map(({ pid }) => `pid ${pid}`) });
    };
  };
  const ended = (report: Report | undefined, exit: string): Ended => ({
    machineMs: lag.take(), report, failed, exit, hangs, killed, phase, errors, diedMs: performance.now() - (attackedAt ?? startedAt),
    survivors: family.alive().map(({ command, pid }) => command.replaceAll(job.token, "").trim().slice(0, 80) || `pid ${pid}`),
  });
  host.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString("latin1")).slice(-4000)));
  host.on("message", (message: FromHost) => {
    heardAt = performance.now();
    if (message.t === "beat") phase = message.phase;
    if (message.t === "beat" && phase === "attack") attackedAt ??= heardAt;
    if (message.t === "case") {
      startedAt = heardAt;
      lag.take();
      attackedAt = undefined;
      phase = "starting";
    }
    if (message.t === "report") {
      judged = judged.then(after(job.cases[current++] as Case, ended(message.report, ""), family.orphans()));
    }
    if (message.t === "failed") failed = message.why;
    if (message.t === "armed") {
      setTimeout(() => {
        family.look();
        killed = true;
        host.kill("SIGKILL");
      }, ARMED_MS);
    }
  });
  const watch = setInterval(() => {
    family.look();
    const now = performance.now();
    if (now - heardAt < (phase === "starting" ? SILENT_START_MS : SILENT_MS) && now - startedAt < LONGEST_MS) return;
    hangs = true;
    host.kill("SIGKILL");
  }, LOOK_MS);
  const exit = await new Promise<string>((resolve) => {
    host.once("error", (error) => resolve(String(error)));
    host.once("close", (code, signal) => resolve(signal ?? `exit ${code}`));
    host.send(job, () => undefined);
  });
  clearInterval(watch);
  await judged;
  lag.stop();
  const one = job.cases[current];
  if (one === undefined) return undefined;
  // A plugin that reads the end of its input needs a moment to leave.
  for (const until = performance.now() + ORPHANS_MS; family.alive().length > 0 && performance.now() < until;) await new Promise((resolve) => setTimeout(resolve, 50));
  return { one, ended: ended(undefined, exit) };
}
