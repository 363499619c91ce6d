import { lstatSync, readlinkSync, statSync, type BigIntStats } from "node:fs";
import { chdir } from "node:process";
import type { Preopen } from "../head.js";
import { ERRNO, WasiError } from "./errno.js";

/** A folder that the program holds, as the way to it: no path of the program's ever reaches the system whole. */
export interface Folder {
  readonly preopen: Preopen;
  /** From the preopen down; real folders, no links. */
  readonly names: readonly string[];
  /** Which folder that was when it was opened. */
  readonly identity: string;
}

/** Where a path ends. This process stands in `parent` now. */
export interface Found {
  readonly parent: Folder;
  /** The last component; `.`: the folder itself. */
  readonly name: string;
  /** What is there, no link followed; `undefined`: nothing. */
  readonly stats: BigIntStats | undefined;
}

const MAX_LINKS = 32;
const MAX_PATH = 4096;

export function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/**
 * Resolves a path of the program's below one of its folders, a component at a time: this process steps into each one, and looks
 * whether it has arrived at the folder that it saw before. So a link is followed only by reading it and walking on from here, and
 * neither `..`, nor an absolute path, nor a link, also one put there meanwhile, leads out of the folder.
 */
export function walk(from: Folder, path: string, follow: boolean): Found {
  if (path.length > MAX_PATH) throw new WasiError(ERRNO.nametoolong);
  if (path === "") throw new WasiError(ERRNO.noent);
  let todo = parts(path);
  let done: readonly string[] = [];
  let links = 0;
  let here = stepTo(from, []);
  for (;;) {
    const [name, ...rest] = todo;
    if (name === undefined) return { parent: here, name: ".", stats: statSync(".", { bigint: true }) };
    todo = rest;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (done.length === 0) throw new WasiError(ERRNO.notcapable);
      done = done.slice(0, -1);
      here = stepTo(from, done);
      continue;
    }
    const stats = lstatSync(name, { bigint: true, throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true && (rest.length > 0 || follow)) {
      if (++links > MAX_LINKS) throw new WasiError(ERRNO.loop);
      todo = [...parts(target(name)), ...rest];
      if (todo.length > MAX_PATH) throw new WasiError(ERRNO.nametoolong);
      continue;
    }
    if (rest.length === 0) return { parent: here, name, stats };
    if (stats === undefined) throw new WasiError(ERRNO.noent);
    here = step(here, name, stats);
    done = [...done, name];
  }
}

/** What was a link a moment ago may be something else by now. */
function target(name: string): string {
  try {
    return readlinkSync(name);
  } catch {
    throw new WasiError(ERRNO.loop);
  }
}

function parts(path: string): readonly string[] {
  if (path.startsWith("/")) throw new WasiError(ERRNO.notcapable);
  if (path.includes("\0")) throw new WasiError(ERRNO.inval);
  return path.split("/");
}

/** Goes to a folder below one that was opened before, from the preopen on: what stood above it may have changed. */
function stepTo(from: Folder, names: readonly string[]): Folder {
  chdir(from.preopen.path);
  let here: Folder = { preopen: from.preopen, names: [], identity: identityOf(statSync(".", { bigint: true })) };
  for (const name of from.names) here = step(here, name, there(name));
  if (here.identity !== from.identity) throw new WasiError(ERRNO.noent);
  for (const name of names) here = step(here, name, there(name));
  return here;
}

function there(name: string): BigIntStats {
  return lstatSync(name, { bigint: true });
}

/** One folder down. What was seen there must be what is arrived at: between the two a link may have taken its place. */
function step(here: Folder, name: string, seen: BigIntStats): Folder {
  if (!seen.isDirectory()) throw new WasiError(seen.isSymbolicLink() ? ERRNO.loop : ERRNO.notdir);
  chdir(name);
  const identity = identityOf(statSync(".", { bigint: true }));
  if (identity !== identityOf(seen)) throw new WasiError(ERRNO.loop);
  return { preopen: here.preopen, names: [...here.names, name], identity };
}
