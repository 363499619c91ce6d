import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readdir, readlink, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Not sources: made by builds and tests, or linked below. */
const LEFT_OUT = new Set(["node_modules", ".git", "dist", "build", "target", "__pycache__"]);

export interface Planted {
  /** In the copy; what is there already is kept and added to. */
  readonly path: string;
  readonly text: string;
}

/** A copy of the sources that can be broken without harm, with its own links between the packages. */
export interface Copy extends AsyncDisposable {
  plant(files: readonly Planted[]): Promise<void>;
  /** Runs `npm run check -- ...names`. */
  check(...names: readonly string[]): Promise<{ readonly ok: boolean; readonly output: string }>;
}

export async function copyOfTheTree(): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-architecture-"));
  await cp(root, folder, { recursive: true, filter: (path) => path === root || (!LEFT_OUT.has(basename(path)) && !path.endsWith(".tsbuildinfo")) });
  await linkModules(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    async plant(files) {
      for (const { path, text } of files) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await appendFile(join(folder, path), text);
      }
    },
    check: (...names) => check(folder, names),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Links what is installed; links between our own packages are made anew, so that they stay inside the copy. */
async function linkModules(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name === "@sallyport" || (entry.name === ".bin" && entry.isDirectory())) await linkModules(source, target);
    else if (entry.name.startsWith(".")) continue;
    else await symlink(entry.isSymbolicLink() ? await readlink(source) : source, target);
  }
}

function check(cwd: string, names: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile("npm", ["run", "--silent", "check", "--", ...names], { cwd }, (error, stdout, stderr) => resolve({ ok: error === null, output: `${stdout}${stderr}` }));
  });
}
