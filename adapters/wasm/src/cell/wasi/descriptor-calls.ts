import { writeAll } from "@sallyport/cell/inside";
import type { Calls } from "./calls.js";
import { ERRNO, WasiError } from "./errno.js";
import * as files from "./files.js";
import type { GuestMemory } from "./guest-memory.js";
import type { Stdin } from "./stdin.js";
import type { OpenFile, Table } from "./table.js";

const ALL_RIGHTS = 0x1fff_ffffn;
export const FDFLAG = { append: 1, nonblock: 4, sync: 2 | 8 | 16 } as const;
const WHENCE = ["set", "current", "end"] as const;

/** What a program does with what is open. */
export function descriptorCalls({ memory, table, stdin }: { readonly memory: GuestMemory; readonly table: Table; readonly stdin: Stdin }): Calls<"fd_"> {
  const { part, parts, u32, u64 } = memory;
  const file = (fd: number): OpenFile => table.file(fd);
  const moved = (fd: number, move: (file: OpenFile) => number): number => {
    const open = file(fd);
    const count = move(open);
    open.at = open.append ? files.sizeOf(open) : open.at + BigInt(count);
    return count;
  };
  return {
    fd_advise: (fd: number) => void file(fd),
    fd_close(fd: number) {
      const open = table.get(fd);
      table.remove(fd);
      if (open.kind === "file") files.closeFile(open);
    },
    fd_datasync: (fd: number) => files.syncFile(file(fd), true),
    fd_sync: (fd: number) => files.syncFile(file(fd), false),
    fd_fdstat_get(fd: number, at: number) {
      const open = table.get(fd);
      const record = part(at, 24).fill(0);
      const fields = new DataView(record.buffer, record.byteOffset, record.length);
      fields.setUint8(0, open.kind === "file" ? files.TYPE.file : open.kind === "folder" ? files.TYPE.folder : files.TYPE.unknown);
      fields.setUint16(2, ("nonblocking" in open && open.nonblocking ? FDFLAG.nonblock : 0) | (open.kind === "file" && open.append ? FDFLAG.append : 0), true);
      fields.setBigUint64(8, ALL_RIGHTS, true);
      fields.setBigUint64(16, ALL_RIGHTS, true);
    },
    fd_fdstat_set_flags(fd: number, flags: number) {
      const open = table.get(fd);
      if ("nonblocking" in open) open.nonblocking = (flags & FDFLAG.nonblock) !== 0;
      else if (open.kind === "file" && open.append !== ((flags & FDFLAG.append) !== 0)) throw new WasiError(ERRNO.notsup);
    },
    fd_filestat_get(fd: number, at: number) {
      const open = table.get(fd);
      if (open.kind === "file") return memory.stats(at, files.statFile(open));
      if (open.kind === "folder") return memory.stats(at, files.statFolder(open.folder));
      part(at, 64).fill(0);
    },
    fd_filestat_set_size: (fd: number, size: bigint) => files.resizeFile(file(fd), BigInt.asUintN(64, size)),
    fd_read(fd: number, vectors: number, count: number, at: number) {
      const open = table.get(fd);
      if (open.kind === "closed") return u32(at, 0);
      if (open.kind === "stdin") {
        // One read of the system is one read of the program: more would wait for what may not come.
        const [into = new Uint8Array(0)] = parts(vectors, count).filter(({ length }) => length > 0);
        const read = stdin.read(into, !open.nonblocking);
        if (read === undefined) throw new WasiError(ERRNO.again);
        return u32(at, read);
      }
      u32(at, moved(fd, (from) => through(parts(vectors, count), from.at, (into, place) => files.readFileAt(from, into, place))));
    },
    fd_pread: (fd: number, vectors: number, count: number, from: bigint, at: number) =>
      u32(at, through(parts(vectors, count), offset(from), (into, place) => files.readFileAt(file(fd), into, place))),
    fd_write(fd: number, vectors: number, count: number, at: number) {
      const open = table.get(fd);
      const given = parts(vectors, count);
      if (open.kind === "stdout" || open.kind === "stderr") {
        const whole = given.length === 1 && given[0] !== undefined ? given[0] : Buffer.concat(given);
        writeAll(open.kind === "stdout" ? 1 : 2, whole);
        return u32(at, whole.length);
      }
      if (open.kind !== "file") throw new WasiError(ERRNO.badf);
      u32(at, moved(fd, (to) => through(given, to.at, (from, place) => files.writeFileAt(to, from, place))));
    },
    fd_pwrite: (fd: number, vectors: number, count: number, to: bigint, at: number) =>
      u32(at, through(parts(vectors, count), offset(to), (from, place) => files.writeFileAt(file(fd), from, place))),
    fd_seek(fd: number, by: bigint, whence: number, at: number) {
      const open = file(fd);
      const from = { set: 0n, current: open.at, end: WHENCE[whence] === "end" ? files.sizeOf(open) : 0n }[WHENCE[whence] ?? invalid()];
      open.at = offset(from + by);
      u64(at, open.at);
    },
    fd_tell: (fd: number, at: number) => u64(at, file(fd).at),
    fd_prestat_get(fd: number, at: number) {
      const { guest } = table.folder(fd);
      if (guest === undefined) throw new WasiError(ERRNO.badf);
      u32(at, 0);
      u32(at + 4, new TextEncoder().encode(guest).length);
    },
    fd_prestat_dir_name(fd: number, at: number, room: number) {
      const name = new TextEncoder().encode(table.folder(fd).guest ?? invalid());
      if (name.length > room >>> 0) throw new WasiError(ERRNO.nametoolong);
      part(at, name.length).set(name);
    },
    fd_readdir(fd: number, at: number, room: number, cookie: bigint, usedAt: number) {
      const open = table.folder(fd);
      if (cookie === 0n || open.entries === undefined) open.entries = files.list(open.folder);
      const into = part(at, room);
      let used = 0;
      for (let i = Number(BigInt.asUintN(32, cookie)); i < open.entries.length && used < into.length; i++) {
        const { name, type } = open.entries[i] ?? invalid();
        const record = new Uint8Array(24 + name.length);
        const fields = new DataView(record.buffer);
        fields.setBigUint64(0, BigInt(i + 1), true);
        fields.setUint32(16, name.length, true);
        fields.setUint8(20, type);
        record.set(name, 24);
        // The last one may be cut: a full buffer tells the program to ask again.
        const fits = record.subarray(0, into.length - used);
        into.set(fits, used);
        used += fits.length;
      }
      u32(usedAt, used);
    },
  };
}

/** Reads or writes part by part, until one of them is not done whole. */
function through(given: readonly Uint8Array[], from: bigint, move: (part: Uint8Array, at: bigint) => number): number {
  let done = 0;
  for (const part of given) {
    if (part.length === 0) continue;
    const moved = move(part, from + BigInt(done));
    done += moved;
    if (moved < part.length) break;
  }
  return done;
}

function offset(value: bigint): bigint {
  return value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER) ? invalid() : value;
}

function invalid(): never {
  throw new WasiError(ERRNO.inval);
}
