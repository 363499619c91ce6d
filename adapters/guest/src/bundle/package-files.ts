import { readdir, stat } from "node:fs/promises";
import path from "node:path";

const MAX_BYTES = 1 << 20;
/** More entries than a plugin or a package has; the walk has to end. */
const MAX_ENTRIES = 100_000;
const READ_BY_ESBUILD = new Set(["package.json", ".pnp.data.json", ".pnp.cjs", ".pnp.js"]);

/**
 * Why esbuild must not be let into `folder`. It reads the files that describe packages by itself, without asking,
 * and would read a pipe, a device or a file of a terabyte to its end. Nested `node_modules` are left out: each
 * package is looked at when something imports it.
 */
export async function oddPackageFile(folder: string): Promise<{ readonly refused: string } | undefined> {
  let entries = 0;
  for (const folders = [folder]; folders.length > 0; ) {
    const at = folders.pop() as string;
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      if (++entries > MAX_ENTRIES) return { refused: `${folder} holds more than ${MAX_ENTRIES} files` };
      const file = path.join(at, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules") folders.push(file);
      if (!READ_BY_ESBUILD.has(entry.name)) continue;
      const facts = await stat(file).catch(() => undefined);
      if (facts !== undefined && !facts.isDirectory() && (!facts.isFile() || facts.size > MAX_BYTES)) {
        return { refused: `${path.relative(folder, file)} is no ordinary file of at most ${MAX_BYTES} bytes` };
      }
    }
  }
  return undefined;
}
