import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { STUCK_MS } from "../cells/cell.js";
import type { Outcome } from "./outcome.js";

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

/** Measures one cell in a process of its own: none runs on what another left in the compiler, the heap or a pool. `through` is a command to start it with. */
export function forkCell(id: string, quick: boolean, through: readonly string[] = []): Promise<Outcome> {
  const [program, ...args] = [...through, process.execPath, MAIN, "--cell", id, ...(quick ? ["--quick"] : [])] as [string, ...string[]];
  // stdout of a cell goes to stderr: ours is for the tables.
  const child = spawn(program, args, { stdio: ["ignore", 2, 2, "ipc"] });
  return new Promise((resolve) => {
    let outcome: Outcome | undefined;
    const stuckMs = quick ? STUCK_MS.quick : STUCK_MS.full;
    const failed = (reason: string): Outcome => ({ state: "failed", reason });
    const timer = setTimeout(() => {
      outcome = failed(`no result within ${stuckMs / 1000} s`);
      child.kill("SIGKILL");
    }, stuckMs);
    child.on("message", (message) => {
      outcome = message as unknown as Outcome;
    });
    child.on("error", (error) => {
      outcome ??= failed(error.message);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(outcome ?? failed(`its process ended with ${signal ?? code} before a result`));
    });
  });
}
