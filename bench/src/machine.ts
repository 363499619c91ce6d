import { execFile } from "node:child_process";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import process from "node:process";
import { promisify } from "node:util";
import type { Machine } from "./results.js";

export function describeMachine(): Machine {
  const all = cpus();
  return {
    system: `${platform()} ${release()} ${arch()}`,
    cpu: all[0]?.model.trim() ?? "unknown CPU",
    cpus: all.length,
    usableCpus: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

const TOOLS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  cc: ["cc", "--version"], rustc: ["rustc", "--version"], go: ["go", "version"], python3: ["python3", "--version"],
};

/** What is not here is left out. */
export async function readVersions(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = { node: process.versions.node, v8: process.versions.v8 };
  for (const [name, [program, ...args]] of Object.entries(TOOLS)) {
    const answer = await promisify(execFile)(program, args).catch(() => undefined);
    const version = /\d+(\.\d+)+/.exec(answer?.stdout ?? "")?.[0];
    if (version !== undefined) found[name] = version;
  }
  return found;
}
