import { bareCells } from "./cells/bare.js";
import { callCells } from "./cells/calls.js";
import type { CellPlan } from "./cells/cell.js";
import { cpuCells } from "./cells/cpu.js";
import { directionCells } from "./cells/directions.js";
import { eventCells } from "./cells/events.js";
import { givenCells } from "./cells/given.js";
import { growthCells } from "./cells/growth.js";
import { latenessCells } from "./cells/lateness.js";
import { memoryCells } from "./cells/memory.js";
import { startCells } from "./cells/start.js";
import { streamCells } from "./cells/streams.js";
import type { Payload } from "./results.js";

/** Every cell, in the order of the tables; what is compared with each other stands together. */
export function allCells(): readonly CellPlan[] {
  return [callCells, givenCells, directionCells, latenessCells, streamCells, eventCells, startCells, memoryCells, cpuCells, bareCells, growthCells].flatMap((cells) => cells());
}

export interface Wanted {
  readonly quick: boolean;
  readonly modes: readonly string[];
  readonly payloads: readonly Payload[];
  /** Questions, ids, or the beginning of ids up to a slash. */
  readonly only: readonly string[];
}

/** Whether cells were chosen by name: the rest of the tables says nothing then. */
export function isPart({ modes, payloads, only }: Wanted): boolean {
  return modes.length + payloads.length + only.length > 0;
}

/** The cells that were asked for and the references that they need. `only` may name cells that `quick` leaves out. */
export function chooseCells(all: readonly CellPlan[], wanted: Wanted): readonly CellPlan[] {
  const chosen = new Set(all.filter((cell) => isWanted(cell, wanted)));
  const ids = new Set([...chosen].map(({ reference }) => reference));
  return all.filter((cell) => chosen.has(cell) || ids.has(cell.facts.id));
}

function isWanted({ facts, quick }: CellPlan, { quick: quickly, modes, payloads, only }: Wanted): boolean {
  if (only.length > 0 ? !only.some((name) => facts.question === name || facts.id === name || facts.id.startsWith(`${name}/`)) : quickly && !quick) return false;
  if (payloads.length > 0 && facts.payload !== undefined && !payloads.includes(facts.payload)) return false;
  return modes.length === 0 || facts.baseline || modes.includes(facts.mode);
}
