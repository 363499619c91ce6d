import type { BigIntStats } from "node:fs";
import type { Memory } from "../memory.js";
import { ERRNO, WasiError } from "./errno.js";
import { typeOf } from "./files.js";

/** The program's memory, in the shapes that WASI has. Throws `RangeError` where there is none. */
export interface GuestMemory extends Memory {
  u32(at: number, value: number): void;
  u64(at: number, value: bigint): void;
  text(at: number, length: number): string;
  /** The parts that an array of pointers and lengths names. */
  parts(vectors: number, count: number): readonly Uint8Array<ArrayBuffer>[];
  stats(at: number, stats: BigIntStats): void;
  /** NUL-ended strings, and pointers to them. */
  strings(all: readonly string[]): { sizes(count: number, bytes: number): void; write(pointers: number, bytes: number): void };
}

const MOST_VECTORS = 1024;

export function guestMemory(memory: Memory): GuestMemory {
  const { part, view } = memory;
  const u32 = (at: number, value: number): void => view().setUint32(at >>> 0, value, true);
  return {
    part,
    view,
    u32,
    u64: (at, value) => view().setBigUint64(at >>> 0, value, true),
    text: (at, length) => decoded(part(at, length)),
    parts(vectors, count) {
      if (count >>> 0 > MOST_VECTORS) throw new WasiError(ERRNO.inval);
      const list = part(vectors, 8 * (count >>> 0));
      const fields = new DataView(list.buffer, list.byteOffset, list.length);
      return Array.from({ length: count }, (_, i) => part(fields.getUint32(8 * i, true), fields.getUint32(8 * i + 4, true)));
    },
    stats(at, stats) {
      const record = part(at, 64).fill(0);
      const fields = new DataView(record.buffer, record.byteOffset, record.length);
      fields.setBigUint64(8, BigInt.asUintN(64, stats.ino), true);
      fields.setUint8(16, typeOf(stats));
      fields.setBigUint64(24, stats.nlink, true);
      fields.setBigUint64(32, stats.size, true);
      for (const [i, ns] of [stats.atimeNs, stats.mtimeNs, stats.ctimeNs].entries()) fields.setBigUint64(40 + 8 * i, BigInt.asUintN(64, ns), true);
    },
    strings(all) {
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
            part(at, each.length).set(each);
            at += each.length;
          }
        },
      };
    },
  };
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WasiError(ERRNO.ilseq);
  }
}
