import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** A process that can be told from a later one with the same number. */
export interface Seen {
  readonly pid: number;
  readonly startedAt: string;
  readonly command: string;
}

interface Entry extends Seen { readonly parent: number; readonly zombie: boolean }

/** What a host has started, and what that has started: looked up while it lives, since an orphan has no parent to tell. */
export interface Family {
  look(): void;
  /** Those that still run, and whoever else has `token` in its command line. */
  alive(): readonly Seen[];
  /** Of those, the ones that are no descendants of the host any more. */
  orphans(): readonly Seen[];
}

export function watchFamily(root: number, token: string): Family {
  const known = new Map<string, Seen>();
  const keyOf = ({ pid, startedAt }: Seen): string => `${pid} ${startedAt}`;
  const ours = (all: readonly Entry[]): readonly Entry[] => all.filter((one) => !one.zombie && one.pid !== root && (known.has(keyOf(one)) || one.command.includes(token)));
  return {
    look() {
      const all = entries();
      const inside = below(root, all);
      for (const one of all) if (one.pid !== root && inside.has(one.pid)) known.set(keyOf(one), one);
    },
    alive: () => ours(entries()),
    orphans() {
      const all = entries();
      const inside = below(root, all);
      return ours(all).filter(({ pid }) => !inside.has(pid));
    },
  };
}

function below(root: number, all: readonly Entry[]): ReadonlySet<number> {
  const inside = new Set([root]);
  // Parents come before their children in most cases; a second walk finds the rest.
  for (let walk = 0; walk < 2; walk++) for (const one of all) if (inside.has(one.parent)) inside.add(one.pid);
  return inside;
}

export function stillAlive(processes: readonly Seen[]): readonly Seen[] {
  return processes.filter(({ pid, startedAt }) => {
    const now = read(pid);
    return now?.startedAt === startedAt && !now.zombie;
  });
}

/** Ends them, and nothing else. */
export function end(processes: readonly Seen[]): void {
  for (const { pid, startedAt } of processes) {
    try {
      if (read(pid)?.startedAt === startedAt) process.kill(pid, "SIGKILL");
    } catch {
      // It went by itself.
    }
  }
}

function entries(): readonly Entry[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []));
}

function read(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(parent), zombie: state === "Z", startedAt: rest[17] ?? "", command: readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ") };
  } catch {
    return undefined;
  }
}
