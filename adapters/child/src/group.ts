import { spawn } from "node:child_process";

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

/** Windows has neither groups nor a polite signal. */
function killTree(pid: number): void {
  const killer = spawn("taskkill", ["/T", "/F", "/PID", String(pid)], { stdio: "ignore", windowsHide: true });
  killer.on("error", () => {});
}
