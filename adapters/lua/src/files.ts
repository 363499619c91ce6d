import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { basename, join, relative, sep } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { PluginSource } from "@sallyport/kernel";

/** A plugin's Lua files as they were at one time. */
export interface Files {
  /** By their path in the plugin's folder, with `/`. */
  readonly sources: Readonly<Record<string, string>>;
  /** The one that is run. */
  readonly main: string;
  readonly paths: readonly string[];
  /** Whether one of them has changed or gone since. */
  changed(): boolean;
}

const MAX_FILES = 256;
const MAX_BYTES = 8 << 20;
const MAX_FOLDERS_DEEP = 8;
const OTHERS_WRITE = 0o002;

/**
 * The files that a script may `require`: those that end in `.lua` in a plugin's own folder. A bare script has only itself, since
 * what lies beside it may be another plugin. A link is no file of the plugin's.
 */
export function readFiles({ name, root, entry, manifest }: PluginSource): Files {
  const paths = manifest === undefined ? [entry] : [...new Set([entry, ...luaFiles(name, root)])];
  const sources: Record<string, string> = {};
  const stamps = new Map<string, string>();
  let bytes = 0;
  for (const path of paths) {
    stamps.set(path, stampOf(path));
    const read = readOwn(name, path);
    if ((bytes += read.length) > MAX_BYTES) throw tooMuch(name, `${MAX_BYTES >> 20} MiB`);
    sources[nameOf(root, path, manifest === undefined)] = textOf(name, path, read);
  }
  return {
    sources,
    paths,
    main: nameOf(root, entry, manifest === undefined),
    changed() {
      for (const [path, stamp] of stamps) if (stampOf(path) !== stamp) return true;
      return false;
    },
  };
}

function luaFiles(plugin: string, folder: string, deep = 0): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && deep < MAX_FOLDERS_DEEP) found.push(...luaFiles(plugin, path, deep + 1));
    else if (entry.isFile() && entry.name.endsWith(".lua")) found.push(path);
    if (found.length > MAX_FILES) throw tooMuch(plugin, `${MAX_FILES} files`);
  }
  return found.sort();
}

/** While the host runs a file may have become a pipe, a device, a link to somebody's secrets, or another user's. */
function readOwn(plugin: string, path: string): Uint8Array {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const facts = fstatSync(fd);
    const uid = process.getuid?.();
    if (!facts.isFile()) throw new SallyportError("invalid_argument", `plugin '${plugin}': ${path} is not a file`, { path });
    if (facts.size > MAX_BYTES) throw tooMuch(plugin, `${MAX_BYTES >> 20} MiB`);
    if (uid !== undefined && ((facts.uid !== uid && facts.uid !== 0) || (facts.mode & OTHERS_WRITE) !== 0)) {
      throw new SallyportError("permission_denied", `plugin '${plugin}': another user can write ${path}`, { path, help: `Run: chmod o-w ${path}; and let it belong to the user who runs the host.` });
    }
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function nameOf(root: string, path: string, bare: boolean): string {
  return bare ? basename(path) : relative(root, path).replaceAll(sep, "/");
}

/** Also an editor that writes a new file and renames it is seen. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? "gone" : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

function textOf(plugin: string, path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SallyportError("invalid_argument", `plugin '${plugin}': ${path} is not UTF-8 text`, { path, help: "Save it as UTF-8. Compiled Lua is not run; bytes are written as \\xNN in a string." });
  }
}

function tooMuch(plugin: string, limit: string): SallyportError {
  return new SallyportError("invalid_argument", `plugin '${plugin}' has more than ${limit} of Lua in its folder`, { help: "Keep what is not the plugin's out of its folder." });
}
