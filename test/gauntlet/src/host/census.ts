import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds. */
export interface Census {
  /** By what they are of, numbers left out: how many. */
  readonly descriptors: ReadonlyMap<string, number>;
  readonly threads: number;
  readonly children: number;
  readonly heapMb: number;
}

/** Growth of the heap that is no leak: compiled code, tables that were enlarged. */
const HEAP_MB = 8;
const LATEST_MS = 4000;
const LOOK_MS = 50;
const STEADY_MS = 400;
const STEADY_MOST_MS = 5000;

export function takeCensus(): Census {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return {
    descriptors: descriptors(),
    threads: count("/proc/self/task"),
    children: readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean)).length,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  };
}

/** Waits until what is started ahead is there: nothing has changed for half a second, or five have passed. */
export async function steady(): Promise<Census> {
  let last = takeCensus();
  const until = performance.now() + STEADY_MOST_MS;
  for (let since = performance.now(); performance.now() - since < STEADY_MS && performance.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 2 * LOOK_MS));
    const now = takeCensus();
    if (compare(last, now).length > 0 || compare(now, last).length > 0) since = performance.now();
    last = most(last, now);
  }
  return last;
}

/** Of each kind the larger count: something started ahead may be away at the moment of one look. */
export function most(a: Census, b: Census): Census {
  const descriptors = new Map(a.descriptors);
  for (const [what, count] of b.descriptors) descriptors.set(what, Math.max(count, descriptors.get(what) ?? 0));
  return { descriptors, threads: Math.max(a.threads, b.threads), children: Math.max(a.children, b.children), heapMb: Math.max(a.heapMb, b.heapMb) };
}

/** Waits until this process holds no more than before; resolves to what it still does. */
export async function settled(before: Census): Promise<readonly string[]> {
  const until = performance.now() + LATEST_MS;
  for (;;) {
    const left = compare(before, takeCensus());
    if (left.length === 0 || performance.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function compare(before: Census, after: Census): readonly string[] {
  const more = (["threads", "children"] as const).filter((kind) => after[kind] > before[kind]).map((kind) => `${after[kind] - before[kind]} ${kind}`);
  for (const [what, count] of after.descriptors) if (count > (before.descriptors.get(what) ?? 0)) more.push(`${count - (before.descriptors.get(what) ?? 0)} of ${what}`);
  const grown = Math.round(after.heapMb - before.heapMb);
  return grown > HEAP_MB ? [...more, `${grown} MiB of heap`] : more;
}

function descriptors(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      const what = readlinkSync(`/proc/self/fd/${fd}`).replaceAll(/\d+/g, "N");
      // Looks of the watch over instances, which come and go.
      if (!what.startsWith("/proc/")) counts.set(what, (counts.get(what) ?? 0) + 1);
    } catch {
      // The one that lists the folder.
    }
  }
  return counts;
}

function count(folder: string): number {
  return readdirSync(folder).length;
}
