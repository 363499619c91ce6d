import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds. */
export interface Census {
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  readonly heapMb: number;
}

/** Growth of the heap that is no leak: compiled code, tables that were enlarged. */
const HEAP_MB = 8;
const LATEST_MS = 4000;
const LOOK_MS = 50;

export function takeCensus(): Census {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return {
    descriptors: count("/proc/self/fd"),
    threads: count("/proc/self/task"),
    children: readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean)).length,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  };
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
  const more = (["descriptors", "threads", "children"] as const).filter((kind) => after[kind] > before[kind]).map((kind) => `${after[kind] - before[kind]} ${kind}`);
  const grown = Math.round(after.heapMb - before.heapMb);
  return grown > HEAP_MB ? [...more, `${grown} MiB of heap`] : more;
}

function count(folder: string): number {
  return readdirSync(folder).length;
}
