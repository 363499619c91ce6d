import {
  closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, lstatSync, mkdirSync, openSync, readdirSync, readlinkSync, readSync, renameSync, rmdirSync,
  unlinkSync, writeSync, type BigIntStats,
} from "node:fs";
import { ERRNO, WasiError } from "./errno.js";
import type { Entry, OpenFile, OpenFolder } from "./table.js";
import { identityOf, walk, type Folder, type Found } from "./walk.js";

/** File types of WASI. */
export const TYPE = { unknown: 0, block: 1, character: 2, folder: 3, file: 4, link: 7 } as const;

/** What `path_open` was asked for. */
export interface OpenWish {
  readonly follow: boolean;
  readonly create: boolean;
  readonly folder: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly append: boolean;
  readonly sync: boolean;
  readonly read: boolean;
  readonly write: boolean;
}

const LONGEST_LISTING = 100_000;

export function openPath(from: Folder, path: string, wish: OpenWish): OpenFile | OpenFolder {
  const found = walk(from, path, wish.follow && !wish.exclusive);
  const { stats, name, parent } = found;
  if (stats?.isSymbolicLink() === true) throw new WasiError(ERRNO.loop);
  if (stats?.isDirectory() === true) {
    if (wish.exclusive && wish.create) throw new WasiError(ERRNO.exist);
    if (wish.create || wish.truncate || (wish.write && !wish.folder)) throw new WasiError(ERRNO.isdir);
    return { kind: "folder", folder: name === "." ? parent : { preopen: parent.preopen, names: [...parent.names, name], identity: identityOf(stats) } };
  }
  if (wish.folder) throw new WasiError(stats === undefined ? ERRNO.noent : ERRNO.notdir);
  if (stats === undefined && !wish.create) throw new WasiError(ERRNO.noent);
  if (wish.create || wish.truncate || wish.write) assertWritable(from);
  return openFile(found, wish);
}

/** What is opened may be another thing than what was seen: it is looked at again before anything is done with it. */
function openFile({ name, stats }: Found, wish: OpenWish): OpenFile {
  if (stats !== undefined && !stats.isFile()) throw new WasiError(ERRNO.notsup);
  const { O_RDONLY, O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_SYNC } = constants;
  const write = wish.write || wish.truncate;
  const access = write ? (wish.read ? O_RDWR : O_WRONLY) : O_RDONLY;
  const flags = access | O_NOFOLLOW | O_NONBLOCK | (wish.append ? O_APPEND : 0) | (wish.create ? O_CREAT : 0) | (wish.exclusive ? O_EXCL : 0) | (wish.sync ? O_SYNC : 0);
  const descriptor = openSync(name, flags, 0o644);
  try {
    if (!fstatSync(descriptor).isFile()) throw new WasiError(ERRNO.notsup);
    if (wish.truncate) ftruncateSync(descriptor, 0);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { kind: "file", descriptor, readable: access !== O_WRONLY, writable: write, append: wish.append, at: 0n };
}

export function readFileAt(file: OpenFile, into: Uint8Array, at: bigint): number {
  if (!file.readable) throw new WasiError(ERRNO.badf);
  return readSync(file.descriptor, into, 0, into.length, at);
}

export function writeFileAt(file: OpenFile, from: Uint8Array, at: bigint): number {
  if (!file.writable) throw new WasiError(ERRNO.badf);
  return writeSync(file.descriptor, from, 0, from.length, file.append ? null : Number(at));
}

export function resizeFile(file: OpenFile, size: bigint): void {
  if (!file.writable) throw new WasiError(ERRNO.badf);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError(ERRNO.fbig);
  ftruncateSync(file.descriptor, Number(size));
}

export function syncFile(file: OpenFile, data: boolean): void {
  if (data) fdatasyncSync(file.descriptor);
  else fsyncSync(file.descriptor);
}

export function sizeOf(file: OpenFile): bigint {
  return fstatSync(file.descriptor, { bigint: true }).size;
}

export function statFile(file: OpenFile): BigIntStats {
  return fstatSync(file.descriptor, { bigint: true });
}

export function statPath(from: Folder, path: string, follow: boolean): BigIntStats {
  const { stats } = walk(from, path, follow);
  if (stats === undefined) throw new WasiError(ERRNO.noent);
  return stats;
}

export function readLink(from: Folder, path: string): string {
  const { name, stats } = walk(from, path, false);
  if (stats === undefined) throw new WasiError(ERRNO.noent);
  return readlinkSync(name);
}

export function makeFolder(from: Folder, path: string): void {
  mkdirSync(changed(from, path.replace(/\/+$/, "")).name, 0o755);
}

export function removeFolder(from: Folder, path: string): void {
  rmdirSync(changed(from, path.replace(/\/+$/, "")).name);
}

export function removeFile(from: Folder, path: string): void {
  unlinkSync(changed(from, path).name);
}

/** Inside one folder alone: a second folder could only be named by a path, which another could bend meanwhile. */
export function rename(from: Folder, path: string, to: Folder, newPath: string): void {
  const old = changed(from, path);
  const fresh = changed(to, newPath);
  if (old.parent.preopen !== fresh.parent.preopen || old.parent.identity !== fresh.parent.identity) throw new WasiError(ERRNO.xdev);
  renameSync(old.name, fresh.name);
}

/** Something in a folder that the program may write. */
function changed(from: Folder, path: string): Found {
  assertWritable(from);
  const found = walk(from, path, false);
  if (found.name === ".") throw new WasiError(ERRNO.inval);
  return found;
}

function assertWritable({ preopen }: Folder): void {
  if (!preopen.writable) throw new WasiError(ERRNO.rofs);
}

/** A folder's own look, and its entries. */
export function statFolder(folder: Folder): BigIntStats {
  return statPath(folder, ".", true);
}

export function list(folder: Folder): readonly Entry[] {
  walk(folder, ".", true);
  const found = readdirSync(".", { withFileTypes: true });
  if (found.length > LONGEST_LISTING) throw new WasiError(ERRNO.nospc);
  return found.map((entry) => ({ name: new TextEncoder().encode(entry.name), type: entry.isFile() ? TYPE.file : entry.isDirectory() ? TYPE.folder : entry.isSymbolicLink() ? TYPE.link : TYPE.unknown }));
}

export function closeFile(file: OpenFile): void {
  closeSync(file.descriptor);
}

export function typeOf(stats: BigIntStats): number {
  if (stats.isFile()) return TYPE.file;
  if (stats.isDirectory()) return TYPE.folder;
  return stats.isSymbolicLink() ? TYPE.link : TYPE.unknown;
}

/** Looked at by the program's first word, so that a preopen is the folder that it was then. */
export function rootOf(preopen: Folder["preopen"]): Folder {
  return { preopen, names: [], identity: identityOf(lstatSync(preopen.path, { bigint: true })) };
}
