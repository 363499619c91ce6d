import { linkSync, readFileSync, readlinkSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { randomBytes } from "node:crypto";
import { SallyportError } from "@sallyport/bus";

/** Who holds a lock. A number of a process is used again: its start tells two apart. */
interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly machine: string;
  readonly boot: string;
  /** In another namespace the same number is somebody else. */
  readonly processes: string;
}

/** Until somebody else was quicker so often, which is never by chance. */
const ATTEMPTS = 8;

/**
 * One writer for a file: a second host is refused with `conflict`. A lock whose process is gone is taken over.
 * Advisory: it keeps two hosts apart, not an attacker of the same user.
 */
export function lock(file: string): Disposable {
  const path = `${file}.lock`;
  const text = JSON.stringify({ pid: process.pid, start: startOf(process.pid), machine: hostname(), boot: bootId(), processes: namespaceOf("self") } satisfies Holder);
  const mine = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  // Complete before it has the lock's name: nobody ever reads half of it.
  writeFileSync(mine, text, { mode: 0o600, flag: "wx" });
  try {
    for (let i = 0; i < ATTEMPTS; i++) {
      if (tryLink(mine, path)) return { [Symbol.dispose]: () => release(path, text) };
      const there = read(path);
      if (there === undefined) continue;
      const verdict = look(there);
      if (verdict !== "gone") throw held(file, path, there, verdict);
      takeAway(path, there);
    }
    throw new SallyportError("conflict", `${path} is taken again and again by others`, { path, help: "Start one host at a time." });
  } finally {
    unlinkSync(mine);
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

/** Removes a stale lock, and puts back what somebody else has put there since it was looked at. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return; // somebody was quicker
  }
  if (read(aside) !== stale) tryLink(aside, path);
  unlinkSync(aside);
}

function release(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) unlinkSync(path);
  } catch {
    // Gone already: nothing to give back.
  }
}

function look(text: string): "alive" | "gone" | "unknown" {
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(text) as Partial<Holder>;
  } catch {
    return "unknown";
  }
  if (typeof holder.pid !== "number" || holder.machine !== hostname()) return "unknown";
  if (holder.boot !== bootId()) return "gone";
  if (holder.processes !== namespaceOf("self")) return "unknown";
  if (holder.pid === process.pid && holder.start === startOf(process.pid)) return "alive";
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    // EPERM: it lives, and is another user's.
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return "gone";
  }
  return holder.start === startOf(holder.pid) ? "alive" : "gone";
}

function held(file: string, path: string, text: string, verdict: "alive" | "unknown"): SallyportError {
  const pid = /"pid":(\d{1,10})\b/.exec(text)?.[1];
  if (verdict === "alive") return new SallyportError("conflict", `${file} is written by another host (pid ${pid ?? "?"})`, { path: file, help: "Stop that host, or give this one a file of its own." });
  return new SallyportError("conflict", `${file} is locked, and whether its host lives cannot be told from here`, { path: file, help: `Make sure that no host writes it, then run: rm ${path}` });
}

/** Ticks between the boot and the start of a process; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it is in parentheses, and may hold spaces and parentheses.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}
