import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { SallyportError } from "@sallyport/bus";

const MACHINES: Readonly<Record<number, string>> = { 3: "ia32", 8: "mips", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv64", 258: "loong64" };
/** Machines that also run the programs of another. */
const ALSO: Readonly<Record<string, string>> = { x64: "ia32", arm64: "arm" };

/**
 * The C library hands a file that the system cannot execute to `/bin/sh`. No shell is wanted here, least of
 * all to read a foreign binary, so such files are refused before. Throws `spawn_failed`.
 */
export async function assertRunnable(program: string): Promise<void> {
  const head = readHead(program);
  // Whatever keeps it from being read is reported by the start itself.
  if (head === undefined) return;
  if (head.byteLength === 0) throw refused(program, "is an empty file", "Build or write it again.");
  if (head[0] === 0x23 && head[1] === 0x21) return;
  if (isElf(head)) return assertMachine(program, head);
  if (head.every((byte) => byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13)) {
    throw refused(program, "is a text file without an interpreter", 'Begin it with a line such as #!/bin/sh, or name the program that runs it in the manifest\'s "command".');
  }
}

async function assertMachine(program: string, head: Uint8Array): Promise<void> {
  const built = MACHINES[elfMachine(head)];
  if (built === undefined || built === process.arch || built === ALSO[process.arch] || (await emulated())) return;
  throw refused(program, `is built for ${built}, and this machine is ${process.arch}`, `Build it for ${process.platform} ${process.arch}.`);
}

function elfMachine(head: Uint8Array): number {
  const [low, high] = [head[18] ?? 0, head[19] ?? 0];
  return head[5] === 2 ? low * 256 + high : high * 256 + low;
}

function isElf(head: Uint8Array): boolean {
  return head.byteLength >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Linux can be told to run foreign programs through an emulator. */
async function emulated(): Promise<boolean> {
  const formats = await readdir("/proc/sys/fs/binfmt_misc").catch(() => []);
  return formats.some((name) => name.startsWith("qemu-"));
}

/** At once: the start that follows waits for the same file anyway, and takes far longer. */
function readHead(program: string): Uint8Array | undefined {
  let file: number | undefined;
  try {
    // Opening a pipe would wait for a writer.
    file = openSync(program, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) return undefined;
    const head = new Uint8Array(64);
    return head.subarray(0, readSync(file, head, 0, head.byteLength, 0));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function refused(program: string, what: string, help: string): SallyportError {
  return new SallyportError("spawn_failed", `${program} ${what}`, { help, data: { program, reason: "ENOEXEC" } });
}
