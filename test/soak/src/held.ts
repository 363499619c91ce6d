import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds. `undefined`: not to be told on this system. */
export interface Held {
  readonly handles: number;
  readonly descriptors: number | undefined;
  readonly threads: number | undefined;
  readonly children: number | undefined;
  readonly heapMb: number;
}

const count = (folder: string): number | undefined => {
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
};

function children(): number | undefined {
  try {
    return readdirSync("/proc/self/task").flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean)).length;
  } catch {
    return undefined;
  }
}

/** After a collection, MiB. */
export function heapMb(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** When what was ended has had the time to go. */
export async function held(): Promise<Held> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const heap = heapMb();
  return {
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout" && kind !== "Immediate").length,
    descriptors: count("/proc/self/fd"), threads: count("/proc/self/task"), children: children(), heapMb: heap,
  };
}

/** How fast `values` grow by the time of each, by least squares: their unit in a minute. */
export function slope(values: readonly { readonly atMs: number; readonly value: number }[]): number {
  const n = values.length;
  if (n < 3) return 0;
  const meanAt = values.reduce((sum, { atMs }) => sum + atMs, 0) / n;
  const mean = values.reduce((sum, { value }) => sum + value, 0) / n;
  const above = values.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - mean), 0);
  const below = values.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  return below === 0 ? 0 : (above / below) * 60_000;
}
