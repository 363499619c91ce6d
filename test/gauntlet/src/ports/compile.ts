import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

export interface Build {
  /** Of this package; where the compiler is run. */
  readonly folder: string;
  /** Programs that must be there, as they are asked for their version. */
  readonly tools: readonly (readonly string[])[];
  /** The path of the output follows the last argument. */
  readonly command: readonly string[];
  readonly output: string;
}

/** Compiles an attacker unless it is newer than its sources. Resolves to why it cannot be had here. */
export async function compile({ folder, tools, command, output }: Build): Promise<string | undefined> {
  for (const [tool = "", ...args] of tools) {
    const failure = await run(tool, args).then(() => undefined, (error: NodeJS.ErrnoException) => error.code ?? "it does not run");
    if (failure !== undefined) return `no ${tool} on this machine (${failure})`;
  }
  const file = join(PACKAGE, folder, output);
  if (isFresh(join(PACKAGE, folder), file)) return undefined;
  mkdirSync(dirname(file), { recursive: true });
  // Two may build it at once.
  const fresh = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    const [program = "", ...args] = command;
    await run(program, [...args, fresh], { cwd: join(PACKAGE, folder) });
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
  return undefined;
}

function isFresh(folder: string, file: string): boolean {
  const built = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(folder).every((name) => name === "build" || statSync(join(folder, name)).mtimeMs < built);
}

/** Of a program that is only to be there. */
export async function lacks(tool: string, args: readonly string[]): Promise<string | undefined> {
  return run(tool, [...args]).then(() => undefined, (error: NodeJS.ErrnoException) => `no ${tool} on this machine (${error.code ?? "it does not run"})`);
}
