import { isAbsolute, join, relative, sep, win32 } from "node:path";
import { realpath, stat } from "./files.js";

/** A file inside a folder, links resolved; or what was wrong with its path. */
export type Confined = { readonly path: string } | { readonly problem: string };

/**
 * Resolves `entry` inside `root`, which must be a real path. A manifest may come from a stranger: an absolute
 * path, a way out by `..`, and a link that leads out are all refused, whatever they would lead to.
 */
export async function confine(root: string, entry: string): Promise<Confined> {
  if (entry.includes("\0")) return { problem: "a path with a NUL character" };
  if (isAbsolute(entry) || win32.isAbsolute(entry) || /^[A-Za-z]:/.test(entry)) return { problem: "an absolute path" };
  // Before the file system is asked, so that the answer does not tell what exists outside.
  if (!isInside(root, join(root, entry))) return { problem: "a path that leads out of it" };
  const path = await realpath(join(root, entry)).catch(() => undefined);
  if (path === undefined) return { problem: "a path where nothing exists" };
  if (!isInside(root, path)) return { problem: "a link that leads out of it" };
  if (!(await stat(path)).isFile()) return { problem: "something that is not a file" };
  return { path };
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
