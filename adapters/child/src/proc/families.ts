import { readdirSync } from "node:fs";
import { parseStat, type Stat } from "./parse.js";
import { listProc, readProc, readProcSync } from "./read.js";

/** Which processes belong to which child: shared by the children of an adapter, so that one look at /proc serves them all. */
export interface Families {
  /** From now on, until `forget`. */
  follow(root: number): Family;
}

/** A child with all that descends from it, also what has left its process group, once it was seen. */
export interface Family {
  /** Alive a moment ago; the child itself first. */
  members(): Promise<readonly number[]>;
  /** Ends whoever descends from the child, in its process group or not. To be called while the group is stopped, not yet ended: that shows who descends from whom. */
  killDescendants(): void;
  /** Notes who descends from the child, as long as it shows. */
  look(): void;
  forget(): void;
}

interface Known extends Pick<Stat, "parent" | "group" | "session" | "start"> {
  /** The child that it descends from; stays although its parents end. */
  owner: number | undefined;
}

/** A look that is not older than this serves again, ms. */
const FRESH_MS = 20;
/** Strangers are looked at again after so long, since their pids may have gone to others, ms. */
const STRANGERS_MS = 30_000;
/** New processes that one look reads: a fork bomb must not make the host read for seconds. */
const MOST_NEW = 1024;
const AT_ONCE = 16;
/** A stray may start another until it is stopped. */
const ROUNDS = 8;

export function createFamilies(): Families {
  const roots = new Set<number>();
  const known = new Map<number, Known>();
  let looking: Promise<void> | undefined;
  let lookedMs = -Infinity;
  let strangersMs = 0;

  /** Forgets who is gone; returns who is new. */
  function arrange(names: readonly string[], mayRenew: boolean): number[] {
    const now = performance.now();
    const alive = new Set<number>();
    for (const name of names) {
      const first = name.charCodeAt(0);
      if (first >= 48 && first <= 57) alive.add(Number(name));
    }
    const stale = mayRenew && now - strangersMs > STRANGERS_MS;
    if (stale) strangersMs = now;
    for (const [pid, { owner }] of known) if (!alive.has(pid) || (stale && owner === undefined)) known.delete(pid);
    return [...alive].filter((pid) => !known.has(pid)).slice(0, MOST_NEW);
  }

  function meet(pid: number, text: string | undefined): void {
    const stat = text === undefined ? undefined : parseStat(text);
    if (stat === undefined) known.delete(pid);
    else known.set(pid, { parent: stat.parent, group: stat.group, session: stat.session, start: stat.start, owner: undefined });
  }

  /** Parents that were known before may have ended, and their pids been given to others. */
  function doubtful(fresh: readonly number[]): number[] {
    const isFresh = new Set(fresh);
    const parents = new Set(fresh.map((pid) => known.get(pid)?.parent ?? 0));
    return [...parents].filter((pid) => !isFresh.has(pid) && !roots.has(pid) && known.get(pid)?.owner !== undefined);
  }

  function confirm(pid: number, text: string | undefined): void {
    if (text !== undefined && parseStat(text)?.start === known.get(pid)?.start) return;
    meet(pid, text);
  }

  function settle(): void {
    if (roots.size === 0) return;
    for (const pid of known.keys()) ownerOf(pid, 0);
    lookedMs = performance.now();
  }

  function ownerOf(pid: number, depth: number): number | undefined {
    if (roots.has(pid)) return pid;
    const one = known.get(pid);
    if (one === undefined || depth > 64) return undefined;
    if (one.owner !== undefined) return one.owner;
    const owner = roots.has(one.group) ? one.group : roots.has(one.session) ? one.session : ownerOf(one.parent, depth + 1);
    one.owner = owner;
    return owner;
  }

  async function look(): Promise<void> {
    const fresh = arrange((await listProc("/proc")) ?? [], true);
    await readAll(fresh, meet);
    await readAll(doubtful(fresh), confirm);
    settle();
  }

  function lookSync(): void {
    let names: string[];
    try {
      names = readdirSync("/proc");
    } catch {
      return;
    }
    const fresh = arrange(names, false);
    for (const pid of fresh) meet(pid, readProcSync(`/proc/${pid}/stat`));
    for (const pid of doubtful(fresh)) confirm(pid, readProcSync(`/proc/${pid}/stat`));
    settle();
  }

  function descendants(root: number): [number, Known][] {
    return [...known].filter(([pid, { owner }]) => owner === root && pid !== root);
  }

  return {
    follow(root) {
      roots.add(root);
      return {
        async members() {
          if (performance.now() - lookedMs > FRESH_MS) {
            looking ??= look().finally(() => (looking = undefined));
            await looking;
          }
          return [root, ...descendants(root).map(([pid]) => pid)];
        },
        killDescendants() {
          // Those in the group too: one may have left it since it was seen.
          const stopped = new Map<number, string>();
          for (let round = 0; round < ROUNDS; round++) {
            lookSync();
            const found = descendants(root).filter(([pid, { start }]) => !stopped.has(pid) && signal(pid, start, "SIGSTOP"));
            if (found.length === 0) break;
            for (const [pid, { start }] of found) stopped.set(pid, start);
          }
          for (const [pid, start] of stopped) signal(pid, start, "SIGKILL");
        },
        look: lookSync,
        forget() {
          roots.delete(root);
          for (const [pid] of descendants(root)) known.delete(pid);
          known.delete(root);
        },
      };
    },
  };
}

async function readAll(pids: readonly number[], take: (pid: number, text: string | undefined) => void): Promise<void> {
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    await Promise.all(pids.slice(at, at + AT_ONCE).map(async (pid) => take(pid, await readProc(`/proc/${pid}/stat`))));
  }
}

/** `true`: it was alive. Only the process that was met, and not who got its pid later. */
function signal(pid: number, start: string, name: "SIGSTOP" | "SIGKILL"): boolean {
  const text = readProcSync(`/proc/${pid}/stat`);
  if (text === undefined || parseStat(text)?.start !== start || /\) [ZX] /.test(text)) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
