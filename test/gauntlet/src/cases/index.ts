import type { Case, Column } from "../case.js";
import { portOf, roleOf } from "../ports/index.js";
import { EXHAUSTION_CASES } from "./exhaustion.js";
import { FLOOD_CASES } from "./floods.js";
import { HARDENED_CASES } from "./hardened.js";
import { LIFE_CASES } from "./life.js";
import { MACHINE_CASES } from "./machine.js";
import { MANIFEST_CASES } from "./manifests.js";
import { OWN_CASES } from "./own.js";
import { RIGHTS_CASES } from "./rights.js";
import { VALUE_CASES } from "./values.js";
import { WIRE_CASES } from "./wire.js";

export const CASES: readonly Case[] = [...HARDENED_CASES, ...RIGHTS_CASES, ...VALUE_CASES, ...EXHAUSTION_CASES, ...FLOOD_CASES, ...LIFE_CASES, ...MACHINE_CASES, ...WIRE_CASES, ...MANIFEST_CASES, ...OWN_CASES];

/** Where a sandbox can make a difference: it looks at what a program does to the machine, not at what it says. */
const CONFINED: ReadonlySet<string> = new Set(["exhaustion", "floods", "life", "machine"]);

/** Why a case is not tried in a column. */
export function whyNot(one: Case, { mode, sandbox }: Pick<Column, "mode" | "sandbox">): string | undefined {
  if (portOf(mode) !== undefined) return roleOf(one.id, mode) === undefined ? "nothing there to do it with, or the same as in the mode beside it" : undefined;
  if (one.kind === "port") return "an attack of single modes";
  if (one.modes.includes(mode)) {
    return sandbox === "strict" && !CONFINED.has(one.group) ? "as without a sandbox, which changes nothing of what a program says" : undefined;
  }
  if (mode === "inline") {
    if (one.kind === "program") return "trusted code is part of the host: it has the host's own rights, and needs no wire for them";
    if (one.kind === "folder") return "no manifest is read: the plugin is on the program's own list";
    return "trusted code only: it is the host's own code, with all that the host may do";
  }
  if (mode === "stdio") return one.kind === "folder" ? "the same reader of manifests as for a module" : "a program has no Compartment to leave, and its kit runs in its own process: see what it does to bytes and machine";
  if (one.kind === "program") return "refused: no such thing there. A hardened guest has no files, processes, sockets or signals, and its frames are written by the runtime";
  return "the same in the mode beside it";
}
