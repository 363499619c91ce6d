import type { Limits } from "@sallyport/bus";

/**
 * Runtimes reserve much more than they use: an idle Node of 256 MiB of heap needs 700. So the system's own bound has this much room
 * above `memoryMb`, and stops what allocates faster than anybody looks; the kernel's watch stops the rest at the exact line.
 */
export const RESERVED_MB = 512;

export interface Rlimits {
  readonly data: number;
  readonly cpu: number;
  readonly nofile: number;
  readonly fsize: number;
  readonly nproc?: number;
}

/**
 * `ownUsers`: in a user namespace, where the system counts the processes of the namespace and not all of this user's.
 * Root is exempt from that limit wherever it is.
 */
export function rlimitsOf(limits: Limits, counted: { readonly ownUsers: boolean; readonly root: boolean }): Rlimits {
  const mb = 2 ** 20;
  return {
    data: (limits.memoryMb + RESERVED_MB) * mb,
    cpu: limits.cpuSeconds,
    nofile: limits.descriptors,
    fsize: limits.fileMb * mb,
    // bubblewrap's own first process is one more.
    ...(counted.ownUsers && !counted.root && { nproc: limits.processes + 1 }),
  };
}

export function launcherLimits(limits: Rlimits): readonly string[] {
  return Object.entries(limits).map(([name, value]) => `${name}=${value}`);
}

export function prlimitArgs(prlimit: string, { data, cpu, nofile, fsize, nproc }: Rlimits): readonly string[] {
  return [prlimit, "--core=0", `--data=${data}`, `--cpu=${cpu}:${cpu + 1}`, `--nofile=${nofile}`, `--fsize=${fsize}`, ...(nproc === undefined ? [] : [`--nproc=${nproc}`]), "--"];
}

/** The arguments are data to the shell, never its text. Shells count files in blocks of 512 bytes and memory in KiB. */
export function shellArgs(shell: string, { data, cpu, nofile, fsize }: Rlimits): readonly string[] {
  return [shell, "-c", `ulimit -c 0 && ulimit -d ${Math.floor(data / 1024)} && ulimit -t ${cpu} && ulimit -n ${nofile} && ulimit -f ${Math.floor(fsize / 512)} || exit 126; exec "$@"`, "sh"];
}
