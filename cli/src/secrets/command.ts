import { spawn } from "node:child_process";
import { SallyportError } from "@sallyport/bus";
import type { CommandSource, Reading, SecretReader } from "./types.js";

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 64 << 10;

/** Runs a program that prints a secret: a password manager, a vault's client. No shell; what it says on stderr may hold secrets and is not kept. */
export function commandReader({ command, timeoutMs = TIMEOUT_MS, refreshMs }: CommandSource, folder: string): SecretReader {
  return {
    read: (signal) => run(command, folder, timeoutMs, signal),
    ...(refreshMs !== undefined && {
      watch(changed) {
        const timer = setInterval(changed, refreshMs).unref();
        return () => clearInterval(timer);
      },
    }),
  };
}

function run([program = "", ...args]: readonly string[], cwd: string, timeoutMs: number, signal: AbortSignal): Promise<Reading> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, args, { cwd, shell: false, stdio: ["ignore", "pipe", "ignore"], detached: process.platform !== "win32" });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const kill = (): void => {
      try {
        if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
        else child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const end = (error: SallyportError | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      kill();
      child.stdout.destroy();
      if (error !== undefined) return reject(error);
      const value = Buffer.concat(chunks).toString("utf8").replace(/\r?\n$/, "");
      if (value === "") reject(new SallyportError("unavailable", `${program} printed no secret`, { help: "Run the command by hand and see what it prints." }));
      else resolve({ value });
    };
    const late = (): void => end(new SallyportError("deadline_exceeded", `${program} did not print the secret within ${timeoutMs} ms`, { help: "Raise `timeoutMs`, or make the command not ask for anything: it has no input." }));
    const onAbort = (): void => end(new SallyportError("cancelled", `the wait for ${program} was given up`));
    const timer = setTimeout(late, timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    child.stdout.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if ((bytes += chunk.byteLength) > MAX_OUTPUT_BYTES) end(new SallyportError("invalid_argument", `${program} printed more than ${MAX_OUTPUT_BYTES} bytes`, { help: "Name a command that prints nothing but the secret." }));
    });
    child.once("error", (cause: NodeJS.ErrnoException) => end(new SallyportError("unavailable", `${program} cannot be run: ${cause.code ?? cause.message}`, { help: "Check that it is on PATH; there is no shell, so that each argument is its own text." })));
    child.once("close", (code, by) => end(code === 0 ? undefined : new SallyportError("unavailable", `${program} failed with ${by ?? `exit code ${code}`}`, { help: "Run the command by hand and see what it says." })));
  });
}
