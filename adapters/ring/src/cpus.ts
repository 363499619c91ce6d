import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";

/**
 * CPUs that this process may use. `availableParallelism` follows the affinity mask on some versions of Node and
 * not on others.
 */
export function usableCpus(): number {
  const known = availableParallelism();
  if (process.platform !== "linux") return known;
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return list === undefined ? known : Math.min(known, count(list));
  } catch {
    return known;
  }
}

/** CPUs in a list like `0-3,8`. */
function count(list: string): number {
  return list.split(",").reduce((sum, range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return sum + last - first + 1;
  }, 0);
}
