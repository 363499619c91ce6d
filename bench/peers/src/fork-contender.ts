import { fork } from "node:child_process";
import process from "node:process";
import type { Entry } from "./contenders.js";
import type { PlanName } from "./plan.js";
import type { Reading } from "./reading.js";

/** A process that takes longer than this is stuck; ms. */
const PROCESS_MS = 60_000;

/** Measures one contender in a process of its own; `pin`: the command that runs it and its children on one CPU. */
export function forkContender({ name, nodeFlags = [] }: Entry, plan: PlanName, pin: readonly string[] = []): Promise<readonly Reading[]> {
  const [execPath = process.execPath, ...execArgv] = [...pin, process.execPath, ...nodeFlags];
  const child = fork(new URL("./main.js", import.meta.url), ["--contender", name, "--plan", plan], { execPath, execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  return new Promise((resolve) => {
    const readings: Reading[] = [];
    let said = "";
    let stuck = false;
    const timer = setTimeout(() => {
      stuck = true;
      child.kill("SIGKILL");
    }, PROCESS_MS);
    const end = (reason?: string): void => {
      clearTimeout(timer);
      child.stderr?.destroy();
      if (reason !== undefined) readings.push({ outcome: { state: "failed", reason } });
      resolve(readings);
    };
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.on("message", (message) => readings.push(message as unknown as Reading));
    child.on("error", (error) => end(error.message));
    // Not `close`: what a contender left running may hold the pipe open.
    child.on("exit", (code, signal) => {
      if (code === 0) end();
      else end(stuck ? `not done within ${PROCESS_MS / 1000} s` : `its process ended with ${signal ?? code}${errorIn(said)}`);
    });
  });
}

/** The line that names an error, of what a process wrote before it ended. */
function errorIn(said: string): string {
  const line = /^\S*Error\b.*$/m.exec(said)?.[0];
  return line === undefined ? "" : `: ${line}`;
}
