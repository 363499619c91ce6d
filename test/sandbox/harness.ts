import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { stdio } from "@sallyport/adapter-stdio";
import type { SallyportError } from "@sallyport/bus";
import { createKernel, type Kernel, type PluginInfo, type PluginSpec } from "@sallyport/kernel";
import { createSandbox, type Wrapper } from "@sallyport/sandbox";

export const DRILL = fileURLToPath(new URL("fixtures/drill", import.meta.url));
const STRICT: readonly Wrapper[] = ["bubblewrap", "landlock"];

/** Each way to `strict`, and why this machine does not have it. */
export const WAYS = await Promise.all(STRICT.map(async (by) => {
  const { profile, remedies } = await createSandbox({ by: [by] }).enforcement(new AbortController().signal);
  return { by, missing: profile === "strict" ? await noPython() : `no ${by} here: ${remedies.map(({ help }) => help).join(" ")}` };
}));

async function noPython(): Promise<string | undefined> {
  return promisify(execFile)("python3", ["--version"]).then(() => undefined, () => "python3 is not installed");
}

export interface Drill {
  readonly kernel: Kernel;
  readonly info: PluginInfo;
  readonly logs: string[];
  try<T = string>(what: string, params?: unknown): Promise<T>;
}

export type DrillOptions = Partial<Omit<PluginSpec, "path">> & { readonly by?: Wrapper };

/** The drill under one wrapper; ended with the test. */
export async function drill({ by, ...spec }: DrillOptions = {}): Promise<Drill> {
  const logs: string[] = [];
  const kernel = createKernel({ adapters: [stdio(by && { sandbox: { by: [by] } })], hooks: { log: ({ message }) => void logs.push(message) } });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  const info = await kernel.load({ sandbox: "strict", restart: false, ...spec, path: DRILL });
  return { kernel, info, logs, try: (what, params = null) => kernel.call(`drill.${what}`, params, { timeoutMs: 25_000 }) };
}

export async function failure(promise: Promise<unknown>): Promise<SallyportError> {
  return promise.then((value) => {
    throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
  }, (error: unknown) => error as SallyportError);
}

/** A folder that is no link, outside of what every plugin sees, removed with the test. */
export async function folder(): Promise<string> {
  const made = await mkdtemp(join(process.platform === "darwin" ? homedir() : tmpdir(), "sallyport-test-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** Processes whose command line holds a word, this test's own left out. */
export function processesWith(word: string): readonly number[] {
  return readdirSync("/proc").map(Number).filter((pid) => {
    try {
      return pid > 0 && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word) && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  });
}

/** Resolves when the condition holds; the test's own time limit bounds the wait. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A plugin whose host was ended ends by itself, maybe before it is its turn here. */
export function endAllWith(word: string): void {
  for (const pid of processesWith(word)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
