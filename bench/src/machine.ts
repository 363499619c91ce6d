import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import process from "node:process";

/** Where the figures come from; printed with them, as they mean nothing elsewhere. */
export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cpus: number;
  /** Fewer than `cpus` under `taskset` or in a cpuset. */
  readonly usableCpus: number;
  readonly memoryGib: number;
  /** Runnable processes over the last minute, before the first row: what else the machine was doing. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: all[0]?.model.trim() ?? "unknown CPU",
    cpus: all.length,
    usableCpus: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
