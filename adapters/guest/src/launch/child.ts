import { fileURLToPath } from "node:url";
import { encodePrelude, type CellProgram } from "@sallyport/cell";
import type { PreparedModule } from "../bundle/prepare.js";
import { guestFlags } from "./flags.js";

/** What a guest is told before the first frame. */
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

/** As it travels: the code is the prelude's body. */
export type PreludeHead = Omit<Prelude, "code">;

/** A hardened guest in a process of its own. */
export function guestProgram(): CellProgram {
  return { file: fileURLToPath(new URL("../guest-child.cjs", import.meta.url)), flags: guestFlags(), keeps: "hardened JavaScript" };
}

export function preludeFor(prepared: Pick<PreparedModule, "code">, { name, version, args, stack, maxTimers }: PreludeHead): Uint8Array {
  return encodePrelude({ name, version, args, stack, maxTimers } satisfies PreludeHead, new TextEncoder().encode(prepared.code));
}
