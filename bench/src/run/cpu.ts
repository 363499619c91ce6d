import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";

/** The command that runs another on one CPU, with all its children. A string: why there is none here. */
export async function pinning(): Promise<readonly string[] | string> {
  if (process.platform !== "linux") return "pinning to one CPU needs Linux";
  const status = await readFile("/proc/self/status", "utf8");
  const cpu = /^Cpus_allowed_list:\s*(\d+)/m.exec(status)?.[1] ?? "0";
  const command = ["taskset", "-c", cpu];
  try {
    await promisify(execFile)("taskset", ["-c", cpu, "true"]);
    return command;
  } catch (error) {
    return `taskset does not run here (${(error as NodeJS.ErrnoException).code ?? "it fails"})`;
  }
}
