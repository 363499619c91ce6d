import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

const CLOEXEC = 0o2000000;
const MOST = 65_536;

/**
 * Descriptors that this process was itself started with and that would pass on to its children: Node marks
 * only those up to the first gap after 15. Looked up once, since Node opens none such later. Elsewhere than
 * on Linux the list is empty: macOS starts children with nothing but what is named, Windows has no such thing.
 */
const INHERITED: readonly number[] = process.platform === "linux" ? findInherited() : [];

function findInherited(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number).filter((fd) => fd > 2 && fd < MOST && passesOn(fd));
  } catch {
    return [];
  }
}

function passesOn(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOEXEC) === 0;
  } catch {
    // The one that listed the folder.
    return false;
  }
}

type Stdio = "pipe" | "ignore" | number;

/** Runs `start` with a stdio list that gives a child three pipes, and nothing in place of what it would inherit. */
export function withOnlyPipes<T>(start: (stdio: Stdio[]) => T): T {
  const stdio: Stdio[] = ["pipe", "pipe", "pipe"];
  if (INHERITED.length === 0) return start(stdio);
  // 'ignore' leaves a descriptor above 2 as it is; only another one put in its place covers it.
  const nothing = openSync("/dev/null", "r");
  try {
    for (const fd of INHERITED) {
      while (stdio.length < fd) stdio.push("ignore");
      stdio[fd] = nothing;
    }
    return start(stdio);
  } finally {
    closeSync(nothing);
  }
}
