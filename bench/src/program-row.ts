import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { stdio } from "@sallyport/adapter-stdio";
import { example, pluginRow } from "./plugin-row.js";
import type { BoundaryRow } from "./row.js";

const run = promisify(execFile);

export interface ProgramRowOptions {
  readonly what: string;
  /** Folder in `plugins/`. */
  readonly folder: string;
  /** Program that must be there, and how to ask it. */
  readonly tool: readonly [program: string, ...args: string[]];
  /** Compiles into the path that follows the last argument, run in the folder. */
  readonly compile?: readonly [program: string, ...args: string[]];
}

/** An example in another language, in mode stdio. */
export function programRow({ what, folder, tool, compile }: ProgramRowOptions): BoundaryRow {
  const root = example(folder);
  return pluginRow({
    what,
    adapter: () => stdio(),
    spec: { path: root },
    async unavailable() {
      try {
        await run(tool[0], tool.slice(1));
      } catch (error) {
        return `no ${tool[0]} on this machine (${(error as NodeJS.ErrnoException).code ?? "it does not run"})`;
      }
      if (compile !== undefined) await build(root, compile);
      return undefined;
    },
  });
}

/** Makes `build/demo`, which the manifest names, unless it is newer than every source. */
async function build(root: string, [program, ...args]: readonly [string, ...string[]]): Promise<void> {
  const output = join(root, "build", "demo");
  if (await isFresh(root, output)) return;
  await mkdir(join(root, "build"), { recursive: true });
  // Renamed into place: a binary that runs cannot be written over.
  const fresh = `${output}.${process.pid}`;
  try {
    await run(program, [...args, fresh], { cwd: root });
    await rename(fresh, output);
  } finally {
    await rm(fresh, { force: true });
  }
}

async function isFresh(root: string, output: string): Promise<boolean> {
  const built = await stat(output).catch(() => undefined);
  if (built === undefined) return false;
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const sources = entries.filter((entry) => entry.isFile() && !/[/\\](build|target)$/.test(entry.parentPath));
  const changed = await Promise.all(sources.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs));
  return changed.every((mtimeMs) => mtimeMs <= built.mtimeMs);
}
