import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds at one moment. Counts that a system cannot give are `undefined`. */
export interface Census {
  readonly handles: Readonly<Record<string, number>>;
  readonly descriptors: number | undefined;
  readonly threads: number | undefined;
  readonly children: number | undefined;
  /** After a full collection, MiB. */
  readonly heapMb: number;
}

/** Takes a census once what was just ended has had the time to go. */
export async function census(): Promise<Census> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  const handles: Record<string, number> = {};
  // The wait above is over, but its own timer and the test runner's are of no interest here.
  for (const kind of process.getActiveResourcesInfo()) if (kind !== "Timeout" && kind !== "Immediate") handles[kind] = (handles[kind] ?? 0) + 1;
  return {
    handles,
    descriptors: count("/proc/self/fd"),
    threads: count("/proc/self/task"),
    children: childrenOf(process.pid),
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  };
}

function count(folder: string): number | undefined {
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim())
      .flatMap((line) => (line === "" ? [] : line.split(" "))).length;
  } catch {
    return undefined;
  }
}
