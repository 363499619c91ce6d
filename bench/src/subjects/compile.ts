import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { Permissions } from "@sallyport/kernel";

const run = promisify(execFile);

export interface Program {
  /** Absolute folder of the sources. */
  readonly folder: string;
  /** Program that must be there, and how to ask it. */
  readonly tool: readonly [program: string, ...args: string[]];
  /** A second one. */
  readonly beside?: readonly [program: string, ...args: string[]];
  /** Compiles into the path that follows the last argument, run in the folder; absent: nothing to compile. */
  readonly compile?: readonly [program: string, ...args: string[]];
  /** What is made in `build/`; default: `demo`. */
  readonly output?: string;
  /** What its manifest asks the system for, to be granted. */
  readonly permissions?: Permissions;
}

/**
 * Makes a program ready to run: compiles its output unless that is newer than every source.
 * Resolves to why it cannot be run here, or `undefined`. Rejects when the compiler refuses the source.
 */
export async function makeReady({ folder, tool, beside, compile, output: name = "demo" }: Program): Promise<string | undefined> {
  for (const [program, ...args] of beside === undefined ? [tool] : [tool, beside]) {
    try {
      await run(program, args);
    } catch (error) {
      const { code = "it does not run", stderr = "" } = error as { readonly code?: string | number; readonly stderr?: string };
      // It is there and says why not: crates that cannot be fetched, for one.
      if (typeof code === "number") return `${program} cannot be used on this machine (${stderr.trim().split("\n").at(-1) || `exit code ${code}`})`;
      return `no ${program} on this machine (${code})`;
    }
  }
  const output = join(folder, "build", name);
  if (compile === undefined || (await isFresh(folder, output))) return undefined;
  await mkdir(dirname(output), { recursive: true });
  // Renamed into place: two processes may build at once, and a running binary cannot be written over.
  const fresh = `${output}.${process.pid}`;
  try {
    const [program, ...args] = compile;
    await run(program, [...args, fresh], { cwd: folder });
    await rename(fresh, output);
  } finally {
    await rm(fresh, { force: true });
  }
  return undefined;
}

async function isFresh(folder: string, output: string): Promise<boolean> {
  const built = await stat(output).catch(() => undefined);
  if (built === undefined) return false;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /[/\\](build|target)$/.test(entry.parentPath)) continue;
    if ((await stat(join(entry.parentPath, entry.name))).mtimeMs > built.mtimeMs) return false;
  }
  return true;
}
