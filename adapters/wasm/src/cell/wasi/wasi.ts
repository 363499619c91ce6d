import { randomFillSync } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { writeAll } from "@sallyport/cell/inside";
import type { LinearMemory } from "../engine.js";
import type { WasiHead } from "../head.js";
import { memoryOf, type Memory } from "../memory.js";
import { createClocks } from "./clocks.js";
import { ERRNO, errnoOf, WasiError } from "./errno.js";
import * as files from "./files.js";
import { REFUSED, type SERVED } from "./offered.js";
import { poll } from "./poll.js";
import { createStdin } from "./stdin.js";
import { createTable, type Open, type OpenFile } from "./table.js";

/** WASI preview 1 for one program. */
export interface Wasi {
  readonly imports: Record<string, (...args: never[]) => unknown>;
  /** Where the program's memory is, before it is run. */
  attach(memory: () => LinearMemory): void;
}

const ALL_RIGHTS = 0x1fff_ffffn;
const RIGHT = { read: 1n << 1n, write: 1n << 6n } as const;
const FDFLAG = { append: 1, nonblock: 4, sync: 2 | 8 | 16 } as const;
const OFLAG = { create: 1, folder: 2, exclusive: 4, truncate: 8 } as const;
const FOLLOW = 1;
const MOST_VECTORS = 1024;
const WHENCE = ["set", "current", "end"] as const;

export function createWasi(head: WasiHead): Wasi {
  let attached: (() => LinearMemory) | undefined;
  const memory = memoryOf(() => {
    if (attached === undefined) throw new WasiError(ERRNO.fault);
    return attached();
  });
  const wire = head.runs === "command";
  const stdin = createStdin();
  const clocks = createClocks(head);
  const table = createTable([
    { kind: wire ? "stdin" : "closed", nonblocking: head.stdin === "nonblocking" },
    // A reactor's stdout is not its own: the frames leave there.
    { kind: wire ? "stdout" : "stderr", nonblocking: false },
    { kind: "stderr", nonblocking: false },
    ...head.preopens.map((preopen): Open => ({ kind: "folder", folder: files.rootOf(preopen), guest: preopen.guest })),
  ]);
  const text = (at: number, length: number): string => decoded(memory.part(at, length));
  const u32 = (at: number, value: number): void => memory.view().setUint32(at >>> 0, value, true);
  const u64 = (at: number, value: bigint): void => memory.view().setBigUint64(at >>> 0, value, true);
  /** NUL-ended strings, and pointers to them. */
  const strings = (all: readonly string[]): { sizes: (count: number, bytes: number) => void; write: (pointers: number, bytes: number) => void } => {
    const encoded = all.map((each) => new TextEncoder().encode(`${each}\0`));
    return {
      sizes(count, bytes) {
        u32(count, encoded.length);
        u32(bytes, encoded.reduce((sum, { length }) => sum + length, 0));
      },
      write(pointers, bytes) {
        let at = bytes >>> 0;
        for (const [i, each] of encoded.entries()) {
          u32((pointers >>> 0) + 4 * i, at);
          memory.part(at, each.length).set(each);
          at += each.length;
        }
      },
    };
  };
  const args = strings(head.args);
  // The protocol's own two, which tell a program that a host has started it.
  const env = strings([...head.env, ...["SALLYPORT_PLUGIN", "SALLYPORT_MAJORS"].map((name) => `${name}=${process.env[name] ?? ""}`)]);
  const file = (fd: number): OpenFile => table.file(fd);
  const moved = (fd: number, move: (file: OpenFile) => number): number => {
    const open = file(fd);
    const count = move(open);
    open.at = open.append ? files.sizeOf(open) : open.at + BigInt(count);
    return count;
  };

  const served = {
    args_get: args.write,
    args_sizes_get: args.sizes,
    environ_get: env.write,
    environ_sizes_get: env.sizes,
    clock_res_get: (id: number, at: number) => u64(at, clocks.resolution(id)),
    clock_time_get: (id: number, _precision: bigint, at: number) => u64(at, clocks.now(id)),
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
      const nonblocking = "nonblocking" in open && open.nonblocking;
      memory.part(at, 24).fill(0);
      const view = memory.view();
      view.setUint8(at >>> 0, open.kind === "file" ? files.TYPE.file : open.kind === "folder" ? files.TYPE.folder : files.TYPE.unknown);
      view.setUint16((at >>> 0) + 2, (nonblocking ? FDFLAG.nonblock : 0) | (open.kind === "file" && open.append ? FDFLAG.append : 0), true);
      u64(at + 8, ALL_RIGHTS);
      u64(at + 16, ALL_RIGHTS);
    },
    fd_fdstat_set_flags(fd: number, flags: number) {
      const open = table.get(fd);
      if ("nonblocking" in open) open.nonblocking = (flags & FDFLAG.nonblock) !== 0;
      else if (open.kind === "file" && open.append !== ((flags & FDFLAG.append) !== 0)) throw new WasiError(ERRNO.notsup);
    },
    fd_filestat_get(fd: number, at: number) {
      const open = table.get(fd);
      if (open.kind === "file") return putStats(memory, at, files.statFile(open));
      if (open.kind === "folder") return putStats(memory, at, files.statFolder(open.folder));
      memory.part(at, 64).fill(0);
    },
    fd_filestat_set_size: (fd: number, size: bigint) => files.resizeFile(file(fd), BigInt.asUintN(64, size)),
    fd_read(fd: number, vectors: number, count: number, at: number) {
      const open = table.get(fd);
      if (open.kind === "closed") return u32(at, 0);
      if (open.kind === "stdin") {
        // One read of the system is one read of the program: more would wait for what may not come.
        const [into = new Uint8Array(0)] = parts(memory, vectors, count).filter(({ length }) => length > 0);
        const read = stdin.read(into, !open.nonblocking);
        if (read === undefined) throw new WasiError(ERRNO.again);
        return u32(at, read);
      }
      u32(at, moved(fd, (from) => through(parts(memory, vectors, count), from.at, (part, place) => files.readFileAt(from, part, place))));
    },
    fd_pread: (fd: number, vectors: number, count: number, from: bigint, at: number) =>
      u32(at, through(parts(memory, vectors, count), offset(from), (part, place) => files.readFileAt(file(fd), part, place))),
    fd_write(fd: number, vectors: number, count: number, at: number) {
      const open = table.get(fd);
      const given = parts(memory, vectors, count);
      if (open.kind === "stdout" || open.kind === "stderr") {
        const whole = given.length === 1 && given[0] !== undefined ? given[0] : Buffer.concat(given);
        writeAll(open.kind === "stdout" ? 1 : 2, whole);
        return u32(at, whole.length);
      }
      if (open.kind !== "file") throw new WasiError(ERRNO.badf);
      u32(at, moved(fd, (to) => through(given, to.at, (part, place) => files.writeFileAt(to, part, place))));
    },
    fd_pwrite: (fd: number, vectors: number, count: number, to: bigint, at: number) =>
      u32(at, through(parts(memory, vectors, count), offset(to), (part, place) => files.writeFileAt(file(fd), part, place))),
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
      memory.part(at, name.length).set(name);
    },
    fd_readdir(fd: number, at: number, room: number, cookie: bigint, usedAt: number) {
      const open = table.folder(fd);
      if (cookie === 0n || open.entries === undefined) open.entries = files.list(open.folder);
      const into = memory.part(at, room);
      const view = new DataView(into.buffer, into.byteOffset, into.length);
      let used = 0;
      for (let i = Number(BigInt.asUintN(32, cookie)); i < open.entries.length && used < into.length; i++) {
        const entry = open.entries[i];
        if (entry === undefined) break;
        const record = new Uint8Array(24 + entry.name.length);
        const fields = new DataView(record.buffer);
        fields.setBigUint64(0, BigInt(i + 1), true);
        fields.setUint32(16, entry.name.length, true);
        fields.setUint8(20, entry.type);
        record.set(entry.name, 24);
        // The last one may be cut: a full buffer tells the program to ask again.
        const fits = record.subarray(0, into.length - used);
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(fits, used);
        used += fits.length;
      }
      u32(usedAt, used);
    },
    path_create_directory: (fd: number, at: number, length: number) => files.makeFolder(table.folder(fd).folder, text(at, length)),
    path_filestat_get: (fd: number, flags: number, at: number, length: number, to: number) => putStats(memory, to, files.statPath(table.folder(fd).folder, text(at, length), (flags & FOLLOW) !== 0)),
    path_open(fd: number, lookup: number, at: number, length: number, flags: number, rights: bigint, _inheriting: bigint, fdflags: number, to: number) {
      // A place for the answer, before anything is made.
      memory.part(to, 4);
      const opened = files.openPath(table.folder(fd).folder, text(at, length), {
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
      const target = new TextEncoder().encode(files.readLink(table.folder(fd).folder, text(at, length))).subarray(0, room >>> 0);
      memory.part(to, target.length).set(target);
      u32(usedAt, target.length);
    },
    path_remove_directory: (fd: number, at: number, length: number) => files.removeFolder(table.folder(fd).folder, text(at, length)),
    path_unlink_file: (fd: number, at: number, length: number) => files.removeFile(table.folder(fd).folder, text(at, length)),
    path_rename: (fd: number, at: number, length: number, newFd: number, newAt: number, newLength: number) =>
      files.rename(table.folder(fd).folder, text(at, length), table.folder(newFd).folder, text(newAt, newLength)),
    poll_oneoff: (from: number, to: number, count: number, at: number) => u32(at, poll(memory, from, to, count, { table, clocks, stdin })),
    proc_exit(code: number): never {
      // Not by an exception, which the program could catch.
      return process.exit(code >>> 0 > 255 ? 255 : code);
    },
    random_get: (at: number, length: number) => void randomFillSync(memory.part(at, length)),
    sched_yield() {},
  } satisfies Readonly<Record<keyof typeof SERVED, (...args: never[]) => unknown>>;

  const imports: Wasi["imports"] = {};
  for (const [name, run] of Object.entries(served) as [string, (...args: unknown[]) => unknown][]) {
    imports[name] = (...given: unknown[]): number => {
      try {
        run(...given);
        return ERRNO.success;
      } catch (error) {
        return errnoOf(error);
      }
    };
  }
  for (const name of Object.keys(REFUSED)) imports[name] = () => ERRNO.nosys;
  return {
    imports,
    attach(at) {
      attached = at;
    },
  };
}

/** The parts of memory that an array of pointers and lengths names. */
function parts(memory: Memory, vectors: number, count: number): readonly Uint8Array<ArrayBuffer>[] {
  if (count >>> 0 > MOST_VECTORS) throw new WasiError(ERRNO.inval);
  memory.part(vectors, 8 * (count >>> 0));
  const view = memory.view();
  return Array.from({ length: count }, (_, i) => memory.part(view.getUint32((vectors >>> 0) + 8 * i, true), view.getUint32((vectors >>> 0) + 8 * i + 4, true)));
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

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WasiError(ERRNO.ilseq);
  }
}

function putStats(memory: Memory, at: number, stats: BigIntStats): void {
  memory.part(at, 64).fill(0);
  const view = memory.view();
  const from = at >>> 0;
  view.setBigUint64(from + 8, BigInt.asUintN(64, stats.ino), true);
  view.setUint8(from + 16, files.typeOf(stats));
  view.setBigUint64(from + 24, stats.nlink, true);
  view.setBigUint64(from + 32, stats.size, true);
  view.setBigUint64(from + 40, BigInt.asUintN(64, stats.atimeNs), true);
  view.setBigUint64(from + 48, BigInt.asUintN(64, stats.mtimeNs), true);
  view.setBigUint64(from + 56, BigInt.asUintN(64, stats.ctimeNs), true);
}
