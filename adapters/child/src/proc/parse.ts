/** What /proc/PID/stat says of a process. */
export interface Stat {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** Of it, and of the children that it has waited for, ms. */
  readonly cpuMs: number;
  readonly childCpuMs: number;
  /** With the pid it names one process for ever. */
  readonly start: string;
}

/** The unit of times in /proc is fixed for programs at a hundredth of a second, whatever the kernel counts in. */
const TICK_MS = 10;
const KIB = 1024;
/** The smallest that there is; where pages are larger, what is counted by them is counted low. */
const PAGE_BYTES = 4096;

export function parseStat(text: string): Stat | undefined {
  // The name may hold anything, spaces and brackets too: the last bracket ends it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20) return undefined;
  const field = (n: number): number => Number(fields[n - 3]);
  return {
    parent: field(4), group: field(5), session: field(6), threads: field(20),
    cpuMs: (field(14) + field(15)) * TICK_MS,
    childCpuMs: (field(16) + field(17)) * TICK_MS,
    start: fields[22 - 3] ?? "",
  };
}

/**
 * Bytes that the process does not share with a file: its own, shared memory, and what of it was swapped out. `undefined`: it does
 * not say, or only further on than was read, since it has put many groups before it.
 */
export function parseMemory(status: string): number | undefined {
  if (!status.includes("\nVmSwap:")) return undefined;
  return ["RssAnon", "RssShmem", "VmSwap"].reduce((sum, name) => sum + kib(status, name), 0);
}

/** The same of smaps_rollup, where memory that several processes share counts in parts. */
export function parseProportional(rollup: string): number {
  return ["Pss_Anon", "Pss_Shmem", "SwapPss"].reduce((sum, name) => sum + kib(rollup, name), 0);
}

/** How large its table of descriptors has become. */
export function parseTableSize(status: string): number {
  return Number(/^FDSize:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

/** All resident pages, of /proc/PID/statm. */
export function parsePages(statm: string): number {
  return Number(statm.split(" ")[1] ?? 0) * PAGE_BYTES;
}

function kib(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * KIB;
}
