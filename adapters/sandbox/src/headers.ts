import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What a file says of the program that runs it. */
export type Interpreter = { readonly kind: "script"; readonly words: readonly string[] } | { readonly kind: "loader"; readonly path: string };

const PT_INTERP = 3;

/** The `#!` line of a script, or the loader of a binary. `undefined`: neither, or not readable; its start tells why. */
export function interpreterOf(path: string): Interpreter | undefined {
  let file: number | undefined;
  try {
    // Opening a pipe would wait for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) return undefined;
    const head = read(file, 0, 4096);
    if (head.subarray(0, 2).toString("latin1") === "#!") {
      const words = head.toString("utf8", 2).split("\n", 1)[0]?.trim().split(/\s+/).filter((word) => word !== "") ?? [];
      return words.length === 0 ? undefined : { kind: "script", words };
    }
    return head.length > 64 && head.readUInt32BE(0) === 0x7f454c46 ? loaderOf(file, head) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function loaderOf(file: number, head: Buffer): Interpreter | undefined {
  const wide = head[4] === 2;
  // Foreign byte orders run through an emulator, if at all.
  if (head[5] !== 1) return undefined;
  const table = wide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const size = head.readUInt16LE(wide ? 54 : 42);
  const count = head.readUInt16LE(wide ? 56 : 44);
  for (let i = 0; i < Math.min(count, 64); i++) {
    const entry = read(file, table + i * size, size);
    if (entry.length < size || entry.readUInt32LE(0) !== PT_INTERP) continue;
    const offset = wide ? Number(entry.readBigUInt64LE(8)) : entry.readUInt32LE(4);
    const length = wide ? Number(entry.readBigUInt64LE(32)) : entry.readUInt32LE(16);
    return { kind: "loader", path: read(file, offset, Math.min(length, 4096)).toString("utf8").replace(/\0.*$/s, "") };
  }
  return undefined;
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}
