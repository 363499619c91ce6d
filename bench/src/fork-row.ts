import { fork } from "node:child_process";
import { ROW_MS } from "./pace.js";
import type { RowResult } from "./result.js";

/** Measures one row in a process of its own: no row runs on what another left in the compiler, the heap or a pool. */
export function forkRow(name: string, quick: boolean): Promise<RowResult> {
  // stdout of a row goes to stderr: ours is for the table.
  const child = fork(new URL("./main.js", import.meta.url), ["--row", name, ...(quick ? ["--quick"] : [])], { stdio: ["ignore", 2, 2, "ipc"] });
  return new Promise((resolve) => {
    let result: RowResult | undefined;
    const failed = (reason: string): RowResult => ({ name, what: "", outcome: { state: "failed", reason } });
    const timer = setTimeout(() => {
      result = failed(`no result within ${ROW_MS / 1000} s`);
      child.kill("SIGKILL");
    }, ROW_MS);
    child.on("message", (message) => {
      result = message as unknown as RowResult;
    });
    child.on("error", (error) => {
      result ??= failed(error.message);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(result ?? failed(`its process ended with ${signal ?? code} before a result`));
    });
  });
}
