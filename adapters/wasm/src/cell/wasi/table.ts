import { ERRNO, WasiError } from "./errno.js";
import type { Folder } from "./walk.js";

/** A regular file that the program has open. */
export interface OpenFile {
  readonly kind: "file";
  /** The system's. */
  readonly descriptor: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly append: boolean;
  at: bigint;
}

export interface OpenFolder {
  readonly kind: "folder";
  readonly folder: Folder;
  /** Name of a preopen in the program; others have none. */
  readonly guest?: string;
  /** Its entries, from the last time that they were read from the start. */
  entries?: readonly Entry[];
}

export interface Entry {
  readonly name: Uint8Array;
  readonly type: number;
}

export interface OpenStream {
  readonly kind: "stdin" | "stdout" | "stderr" | "closed";
  nonblocking: boolean;
}

export type Open = OpenFile | OpenFolder | OpenStream;

/** Folders cost the system nothing, so they have a bound of their own; files have `limits.descriptors`. */
const MOST_OPEN = 1024;

/** What the program's descriptors are. */
export interface Table {
  get(descriptor: number): Open;
  file(descriptor: number): OpenFile;
  folder(descriptor: number): OpenFolder;
  add(open: Open): number;
  remove(descriptor: number): void;
}

export function createTable(first: readonly Open[]): Table {
  const open = new Map<number, Open>(first.entries());
  const get = (descriptor: number): Open => {
    const found = open.get(descriptor);
    if (found === undefined) throw new WasiError(ERRNO.badf);
    return found;
  };
  return {
    get,
    file(descriptor) {
      const found = get(descriptor);
      if (found.kind !== "file") throw new WasiError(found.kind === "folder" ? ERRNO.isdir : ERRNO.spipe);
      return found;
    },
    folder(descriptor) {
      const found = get(descriptor);
      if (found.kind !== "folder") throw new WasiError(ERRNO.notdir);
      return found;
    },
    add(added) {
      if (open.size >= MOST_OPEN) throw new WasiError(ERRNO.mfile);
      let descriptor = 0;
      while (open.has(descriptor)) descriptor++;
      open.set(descriptor, added);
      return descriptor;
    },
    remove(descriptor) {
      get(descriptor);
      open.delete(descriptor);
    },
  };
}
