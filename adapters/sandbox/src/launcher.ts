import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isProgram, onPath, run } from "./run.js";

/** The program of `launcher/launcher.c`, and what it found in this kernel. */
export interface Launcher {
  readonly path: string;
  /** ABI of Landlock; 0: none. */
  readonly landlock: number;
  readonly seccomp: boolean;
  /** Throws when the file is not the one that was looked at any more. To be called before each use. */
  check(): void;
}

export interface LauncherOptions {
  /** Built before; what it is trusted for is up to who named it. */
  readonly path: string | undefined;
  readonly cache: string | undefined;
}

const SOURCE = fileURLToPath(new URL("../launcher/launcher.c", import.meta.url));
const COMPILERS = ["cc", "gcc", "clang"];

/** The launcher, compiled unless that was done before; or why there is none. */
export async function getLauncher({ path, cache }: LauncherOptions): Promise<Launcher | { readonly missing: string }> {
  try {
    const file = path ?? (await compiled(cache ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sallyport")));
    const digest = digestOf(file);
    const check = (): void => {
      if (digestOf(file) !== digest) throw new Error(`${file} was changed since it was looked at`);
    };
    const said = await run(file, ["probe"]);
    const [, landlock, seccomp] = /^landlock (\d+) seccomp ([01])$/.exec(said.text) ?? [];
    if (landlock === undefined) return { missing: `${file} does not run here: ${said.text.slice(0, 200)}` };
    return { path: file, landlock: Number(landlock), seccomp: seccomp === "1", check };
  } catch (error) {
    return { missing: (error as Error).message };
  }
}

/**
 * Compiles into a folder that only this user can enter. The name tells the source, and a second file the binary: half a
 * write, or another's file, is not used but made again.
 */
async function compiled(folder: string): Promise<string> {
  const source = readFileSync(SOURCE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertPrivate(folder);
  const file = join(folder, `launcher-${createHash("sha256").update(source).digest("hex").slice(0, 16)}-${process.arch}`);
  if (recorded(file)) return file;
  const compiler = COMPILERS.flatMap((name) => onPath(name, process.env["PATH"]))[0];
  if (compiler === undefined) throw new Error("there is no C compiler (cc) to build the launcher with");
  const draft = `${file}.${process.pid}.${Date.now()}`;
  try {
    const made = await run(compiler, ["-O2", "-o", draft, SOURCE]);
    if (!made.ok) throw new Error(`the launcher cannot be compiled here: ${made.text.slice(0, 500)}`);
    chmodSync(draft, 0o500);
    writeFileSync(`${draft}.sha256`, hash(draft), { mode: 0o400 });
    // Whoever reads the pair in between finds that it does not match, and makes it again.
    renameSync(`${draft}.sha256`, `${file}.sha256`);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
    rmSync(`${draft}.sha256`, { force: true });
  }
  return file;
}

function recorded(file: string): boolean {
  try {
    return isProgram(file) && digestOf(file) === readFileSync(`${file}.sha256`, "utf8");
  } catch {
    return false;
  }
}

/** Throws unless it is a plain file that no other user could have written. */
function digestOf(file: string): string {
  const stats = lstatSync(file);
  const uid = process.getuid?.();
  if (!stats.isFile() || (stats.uid !== uid && stats.uid !== 0) || (stats.mode & 0o022) !== 0) throw new Error(`${file} is not a file that only its owner, this user or root, can write`);
  return hash(file);
}

function hash(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function assertPrivate(folder: string): void {
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) throw new Error(`${folder} is not a folder of this user`);
  if ((stats.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}
