import process from "node:process";
import { fileURLToPath } from "node:url";
import type { PreparedModule } from "../bundle/prepare.js";
import { guestExecArgv, seatBelt } from "./flags.js";

export interface ChildCommand {
  readonly argv: readonly string[];
  /** The file of it that Node runs: all that it reads. */
  readonly file: string;
  /** What the guest needs beside `SALLYPORT_*`: nothing. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a child reads from stdin before the first frame. */
export interface Prelude {
  readonly code: string;
  readonly name: string;
  readonly version: string;
  readonly args: readonly string[];
  /** Send raw stacks in errors; without them errors carry no position. */
  readonly stack: boolean;
  /** Timers that may wait at once: a module can set them before any hello. */
  readonly maxTimers: number;
}

/** The command of a hardened guest in a process of its own. `memoryMb` bounds its JavaScript heap, not its buffers. */
export function childCommand(limits: { readonly memoryMb: number }): ChildCommand {
  const file = fileURLToPath(new URL("../guest-child.cjs", import.meta.url));
  return { argv: [process.execPath, ...guestExecArgv(), ...seatBelt(file), `--max-old-space-size=${limits.memoryMb}`, file], file, env: {} };
}

/** Length (u32, big-endian) and JSON: to be written to the child's stdin before any frame. */
export function preludeFor(prepared: Pick<PreparedModule, "code">, options: Omit<Prelude, "code">): Uint8Array {
  const { name, version, args, stack, maxTimers } = options;
  const body = new TextEncoder().encode(JSON.stringify({ code: prepared.code, name, version, args, stack, maxTimers } satisfies Prelude));
  const out = new Uint8Array(4 + body.length);
  new DataView(out.buffer).setUint32(0, body.length);
  out.set(body, 4);
  return out;
}
