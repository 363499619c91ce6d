import { closeSync, openSync, readSync } from "node:fs";
import process from "node:process";
import { Refused } from "../refusal.js";

const HEAD_BYTES = 64;

const ELF_MACHINES: Readonly<Record<number, string>> = { 3: "ia32", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv64", 258: "loong64" };
const MACH_MACHINES: Readonly<Record<number, string>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const ELF_SHARED = 3;

/** What a file says that it is. */
interface Built {
  readonly format: "ELF" | "Mach-O" | "PE";
  /** As `process.arch` spells it; `undefined`: for none that is known, or for several. */
  readonly arch?: string | undefined;
  readonly shared: boolean;
}

/** Before anything loads it: what the system's loader says of such files misleads. Throws a refusal. */
export function assertLibraryFile(file: string): void {
  const head = readHead(file);
  const built = readBuilt(head);
  const wanted = process.platform === "win32" ? "PE" : process.platform === "darwin" ? "Mach-O" : "ELF";
  const help = `Build it as a shared library for ${process.platform} ${process.arch}, for example: cc -shared -fPIC.`;
  if (built === undefined) throw new Refused("spawn_failed", `${file} is not a shared library${head.length === 0 ? ": it is empty" : ""}`, help);
  if (built.format !== wanted) throw new Refused("spawn_failed", `${file} is built for another system: it is ${built.format}, and ${process.platform} loads ${wanted}`, help);
  if (built.arch !== undefined && built.arch !== process.arch) throw new Refused("spawn_failed", `${file} is built for ${built.arch}, and this process is ${process.arch}`, help);
  if (!built.shared) throw new Refused("spawn_failed", `${file} is a program or an object file, not a shared library`, help);
}

function readHead(file: string): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function readBuilt(head: Buffer): Built | undefined {
  if (head.length < 20) return undefined;
  if (head.readUInt32BE(0) === 0x7f454c46) {
    const little = head[5] !== 2;
    const at = (offset: number): number => (little ? head.readUInt16LE(offset) : head.readUInt16BE(offset));
    return { format: "ELF", arch: ELF_MACHINES[at(18)] ?? `machine ${at(18)}`, shared: at(16) === ELF_SHARED };
  }
  if (head.readUInt32LE(0) === 0xfeedfacf) return { format: "Mach-O", arch: MACH_MACHINES[head.readUInt32LE(4)], shared: [6, 8].includes(head.readUInt32LE(12)) };
  if (head.readUInt32BE(0) === 0xcafebabe) return { format: "Mach-O", shared: true };
  return head.readUInt16LE(0) === 0x5a4d ? { format: "PE", shared: true } : undefined;
}
