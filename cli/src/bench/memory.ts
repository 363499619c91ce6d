import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Memory that this process and all below it do not share with others, MiB. `undefined`: this system does not tell. */
export function privateMib(): number | undefined {
  try {
    return family(process.pid).reduce((sum, pid) => sum + privateKib(pid), 0) / 1024;
  } catch {
    return undefined;
  }
}

function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter((each) => each !== ""));
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

function privateKib(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kib]) => sum + Number(kib), 0);
}
