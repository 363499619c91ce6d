import type { Calls } from "./calls.js";
import { FDFLAG } from "./descriptor-calls.js";
import * as files from "./files.js";
import type { GuestMemory } from "./guest-memory.js";
import type { Table } from "./table.js";
import type { Folder } from "./walk.js";

const RIGHT = { read: 1n << 1n, write: 1n << 6n } as const;
const OFLAG = { create: 1, folder: 2, exclusive: 4, truncate: 8 } as const;
const FOLLOW = 1;

/** What a program does by name. */
export function pathCalls({ memory, table }: { readonly memory: GuestMemory; readonly table: Table }): Calls<"path_"> {
  const { part, text, u32 } = memory;
  const folder = (fd: number): Folder => table.folder(fd).folder;
  return {
    path_create_directory: (fd: number, at: number, length: number) => files.makeFolder(folder(fd), text(at, length)),
    path_filestat_get: (fd: number, flags: number, at: number, length: number, to: number) => memory.stats(to, files.statPath(folder(fd), text(at, length), (flags & FOLLOW) !== 0)),
    path_open(fd: number, lookup: number, at: number, length: number, flags: number, rights: bigint, _inheriting: bigint, fdflags: number, to: number) {
      // A place for the answer, before anything is made.
      part(to, 4);
      const opened = files.openPath(folder(fd), text(at, length), {
        follow: (lookup & FOLLOW) !== 0,
        create: (flags & OFLAG.create) !== 0, folder: (flags & OFLAG.folder) !== 0, exclusive: (flags & OFLAG.exclusive) !== 0, truncate: (flags & OFLAG.truncate) !== 0,
        append: (fdflags & FDFLAG.append) !== 0, sync: (fdflags & FDFLAG.sync) !== 0,
        read: (rights & RIGHT.read) !== 0n, write: (rights & RIGHT.write) !== 0n,
      });
      try {
        u32(to, table.add(opened));
      } catch (error) {
        if (opened.kind === "file") files.closeFile(opened);
        throw error;
      }
    },
    path_readlink(fd: number, at: number, length: number, to: number, room: number, usedAt: number) {
      const target = new TextEncoder().encode(files.readLink(folder(fd), text(at, length))).subarray(0, room >>> 0);
      part(to, target.length).set(target);
      u32(usedAt, target.length);
    },
    path_remove_directory: (fd: number, at: number, length: number) => files.removeFolder(folder(fd), text(at, length)),
    path_unlink_file: (fd: number, at: number, length: number) => files.removeFile(folder(fd), text(at, length)),
    path_rename: (fd: number, at: number, length: number, newFd: number, newAt: number, newLength: number) => files.rename(folder(fd), text(at, length), folder(newFd), text(newAt, newLength)),
  };
}
