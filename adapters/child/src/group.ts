import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Signals a child and everything in its process group, which `detached` made it the leader of. What left the
 * group (`setsid`) is not reached: only a system sandbox holds such a program.
 */
export function signalGroup(pid: number, signal: "SIGTERM" | "SIGSTOP" | "SIGKILL"): void {
  if (process.platform === "win32") return killTree(pid);
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: all gone. EPERM: macOS says so of a group of zombies.
  }
}

/**
 * The polite signal. Behind a relay it goes to the programs inside: the relay would not pass it on, and its own end is theirs,
 * without a word. Linux only, as relays are.
 */
export function askToEnd(pid: number, relayed: boolean): void {
  const inside = relayed ? programsInside(pid) : [];
  if (inside.length === 0) return signalGroup(pid, "SIGTERM");
  for (const one of inside) {
    try {
      process.kill(one, "SIGTERM");
    } catch {
      // Gone by itself.
    }
  }
}

/** A relay, the first process of its namespace, and then these. None: the relay is still on its way. */
export function programsInside(pid: number): number[] {
  return childrenOf(pid).flatMap(childrenOf);
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number).filter((child) => child > 0);
  } catch {
    return [];
  }
}

/** Windows has neither groups nor a polite signal. */
function killTree(pid: number): void {
  const killer = spawn("taskkill", ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true });
  killer.on("error", () => {});
}
