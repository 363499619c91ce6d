import { fork } from "node:child_process";
import { SallyportError, toErrorObject } from "@sallyport/bus";
import type { Job, Outcome } from "./job.js";

/** A method that hangs is ended by its deadline; a module that blocks the process, by this. */
const CELL_MS = 120_000;

/** Measures in a process of its own: no mode runs on what another left in the compiler, the heap or a pool. Never rejects but for `signal`. */
export async function forkCell(job: Job, signal: AbortSignal): Promise<Outcome> {
  signal.throwIfAborted();
  // What a module prints goes to stderr: stdout is for the figures.
  const child = fork(new URL("./cell-main.js", import.meta.url), [], { stdio: ["ignore", 2, 2, "ipc"] });
  // The cell ends itself, so that it takes its plugins along.
  const abort = (): void => void (child.connected && child.disconnect());
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => child.kill("SIGKILL"), CELL_MS);
  const outcome = await new Promise<Outcome>((resolve) => {
    let result: Outcome | undefined;
    const failed = (msg: string): Outcome => ({
      state: "failed",
      error: toErrorObject(new SallyportError("plugin_crashed", msg, { help: "In modes worker and inline a plugin shares the process: see whether it ends it, exhausts its memory or never yields." })),
    });
    child.on("message", (message) => {
      result = message as unknown as Outcome;
    });
    child.on("error", (error) => {
      result ??= failed(error.message);
    });
    const ended = (code: number | null, killedBy: NodeJS.Signals | null): void => resolve(result ?? failed(`the process that measured ended with ${killedBy ?? `code ${code}`} before a result`));
    child.on("close", ended);
    // Node emits no "close" for a child that was disconnected from here.
    child.on("exit", (code, killedBy) => signal.aborted && ended(code, killedBy));
    child.send(job, (error) => {
      if (error !== null) result ??= failed(error.message);
    });
  });
  clearTimeout(timer);
  signal.removeEventListener("abort", abort);
  signal.throwIfAborted();
  return outcome;
}
