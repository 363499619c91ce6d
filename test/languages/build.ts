import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const plugins = fileURLToPath(new URL("../../plugins", import.meta.url));

/** The demo plugin in one language that runs as an executable. */
export interface Language {
  readonly name: string;
  /** Absolute; what a spec names. */
  readonly folder: string;
  /** Codecs it speaks, and the arguments that make it do so. */
  readonly codecs: Readonly<Partial<Record<"json" | "msgpack", readonly string[]>>>;
  /** Program that must be there, and how to ask it. */
  readonly tool: readonly [program: string, ...args: string[]];
  /** Compiles `source` files into the path that follows the last argument, run in `folder`; absent: nothing to compile. */
  readonly compile?: readonly [program: string, ...args: string[]];
}

const both = { json: [], msgpack: ["--codec", "msgpack"] } as const;

export const LANGUAGES: readonly Language[] = [
  { name: "python", folder: join(plugins, "python"), codecs: both, tool: ["python3", "--version"] },
  { name: "sh", folder: join(plugins, "sh"), codecs: { json: [] }, tool: ["awk", "BEGIN { exit 0 }"] },
  { name: "perl", folder: join(plugins, "perl"), codecs: { json: [] }, tool: ["perl", "-MJSON::PP", "-e", "1"] },
  { name: "c", folder: join(plugins, "c"), codecs: { msgpack: [] }, tool: ["cc", "--version"], compile: ["cc", "-O2", "-Wall", "-Wextra", "main.c", "-o"] },
  { name: "go", folder: join(plugins, "go"), codecs: both, tool: ["go", "version"], compile: ["go", "build", "-o"] },
  { name: "rust", folder: join(plugins, "rust"), codecs: { json: [] }, tool: ["rustc", "--version"], compile: ["rustc", "--edition", "2021", "-O", "src/main.rs", "-o"] },
];

/**
 * Makes a language's plugin ready to run: compiles it into its `build/` unless that is newer than the sources.
 * Returns why it cannot be run here, or `undefined` when it is ready. Throws when the compiler rejects the source.
 */
export async function buildLanguage(language: Language): Promise<string | undefined> {
  try {
    await run(language.tool[0], language.tool.slice(1));
  } catch (error) {
    return `no ${language.tool[0]} on this machine (${(error as NodeJS.ErrnoException).code ?? "it does not run"})`;
  }
  const output = join(language.folder, "build", "demo");
  if (language.compile === undefined || (await isFresh(language.folder, output))) return undefined;
  await mkdir(dirname(output), { recursive: true });
  // Renamed into place: two test processes may build at once, and a running binary cannot be written over.
  const fresh = `${output}.${process.pid}`;
  try {
    const [program, ...args] = language.compile;
    await run(program, [...args, fresh], { cwd: language.folder });
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
