import { spawn } from "node:child_process";
import type { PluginSource } from "@sallyport/kernel";
import { StepFailure } from "./failure.js";

/** The argument vector that starts an executable plugin. */
function argvOf(source: PluginSource, args: readonly string[]): readonly string[] {
  return [...(source.manifest?.command ?? []), source.entry, ...args];
}

/** Starts the executable as a person at a terminal would, with an open stdin, and checks what it says and how it ends. */
export async function startByHand(source: PluginSource, args: readonly string[], exitCode: number, withinMs: number): Promise<void> {
  if (source.kind !== "executable") throw new StepFailure(`${source.entry} is no executable: nobody can start it by hand`);
  const [file = "", ...rest] = argvOf(source, args);
  const { SALLYPORT_PLUGIN: _plugin, SALLYPORT_MAJORS: _majors, ...env } = process.env;
  const child = spawn(file, rest, { cwd: source.root, env, stdio: ["pipe", "pipe", "pipe"] });
  try {
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString("latin1")));
    child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString("latin1")));
    child.stdin.on("error", () => undefined);
    const code = await new Promise<number | null>((resolve, reject) => {
      const timer = setTimeout(() => reject(new StepFailure(`started by hand it did not end within ${withinMs} ms`)), withinMs);
      child.on("error", (error) => reject(new StepFailure(`cannot be started by hand: ${error.message}`)));
      child.on("close", (status) => {
        clearTimeout(timer);
        resolve(status);
      });
    });
    if (code !== exitCode) throw new StepFailure(`started by hand it ended with exit code ${String(code)} instead of ${exitCode}`);
    if (said.stderr.trim() === "") throw new StepFailure("started by hand it said nothing on stderr");
    if (said.stdout !== "") throw new StepFailure(`started by hand it wrote frames to the terminal: ${JSON.stringify(said.stdout.slice(0, 80))}`);
  } finally {
    child.kill("SIGKILL");
  }
}
