import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Case, Cell, Column } from "../case.js";
import type { FromHost, Job, Report } from "../host/job.js";
import { judge, type Ended } from "./judge.js";
import { end, watchFamily, type Family } from "./processes.js";

const HOST = fileURLToPath(new URL("../host/main.js", import.meta.url));
/** The host's own heap, MiB: an attack on it must not need the whole machine. */
const HOST_HEAP_MB = 512;
/** A host that has not been heard for so long hangs, ms. */
const SILENT_MS = 5000;
const LONGEST_MS = 60_000;
const LOOK_MS = 200;
/** For `host-killed`: from the load until the host is killed, and until its plugins must be gone. */
const ARMED_MS = 700;
const ORPHANS_MS = 1500;

export interface CellOptions {
  /** Arguments of Node for the host: how a layer is switched off. */
  readonly execArgv?: readonly string[];
}

/** Runs one attack in a host of its own, and leaves nothing of it behind. */
export async function runCell(one: Case, column: Column, options: CellOptions = {}): Promise<Cell> {
  const token = `gauntlet-${randomBytes(6).toString("hex")}`;
  const temp = mkdtempSync(join(tmpdir(), "sallyport-gauntlet-"));
  const host = spawn(process.execPath, [`--max-old-space-size=${HOST_HEAP_MB}`, ...(options.execArgv ?? []), HOST], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { PATH: process.env["PATH"], HOME: temp, TMPDIR: temp, ...one.hostEnv },
  });
  const family = watchFamily(host.pid ?? 0, token);
  try {
    const ended = await follow(host, { case: one, column, temp, token }, family);
    return judge(one, column, ended);
  } finally {
    host.kill("SIGKILL");
    end(family.alive());
    rmSync(temp, { recursive: true, force: true });
  }
}

async function follow(host: ChildProcess, job: Job, family: Family): Promise<Ended> {
  const startedAt = performance.now();
  let heardAt = startedAt;
  let phase = "starting";
  let attackedAt: number | undefined;
  let report: Report | undefined;
  let failed: string | undefined;
  let hangs = false;
  let errors = "";
  let killed = false;
  host.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString("latin1")).slice(-4000)));
  host.on("message", (message: FromHost) => {
    heardAt = performance.now();
    if (message.t === "beat") phase = message.phase;
    if (phase !== "starting") attackedAt ??= performance.now();
    if (message.t === "report") ({ report } = message);
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
    if (now - heardAt < SILENT_MS && now - startedAt < LONGEST_MS) return;
    hangs = true;
    host.kill("SIGKILL");
  }, LOOK_MS);
  const exit = await new Promise<string>((resolve) => {
    host.once("error", (error) => resolve(String(error)));
    host.once("close", (code, signal) => resolve(signal ?? `exit ${code}`));
    host.send(job, () => undefined);
  });
  clearInterval(watch);
  const diedMs = performance.now() - (attackedAt ?? startedAt);
  let survivors = family.alive();
  // A plugin that reads the end of its input needs a moment to leave.
  for (const until = performance.now() + ORPHANS_MS; survivors.length > 0 && performance.now() < until; survivors = family.alive()) await new Promise((resolve) => setTimeout(resolve, 50));
  return { report, failed, exit, hangs, killed, phase, errors, diedMs, survivors: survivors.map(({ command, pid }) => command.replaceAll(job.token, "").trim().slice(0, 80) || `pid ${pid}`) };
}
