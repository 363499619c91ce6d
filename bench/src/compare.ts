import type { CellPlan } from "./cells/cell.js";
import type { Cell } from "./results.js";

/** A cell may fall behind its saved speed by so much: half as fast is caught, noise is not; percent. */
const SLOWER_PERCENT = 40;

export interface Slower {
  readonly id: string;
  readonly speedPercent: number;
  /** Share of the raw port's figure, now and as saved. */
  readonly is: number;
  readonly was: number;
}

export interface Compared {
  readonly slower: readonly Slower[];
  /** Cells that were to be compared and could not be. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

/** Each cell's speed against the raw port of its own run; one that fails now has none. Rounds that disagree speak for the cell: what is slower even so, is. */
export function compareSpeed(plans: readonly CellPlan[], now: readonly Cell[], saved: readonly Cell[]): Compared {
  const cells = new Map(now.map((cell) => [cell.id, cell]));
  const before = new Map(saved.map((cell) => [cell.id, cell]));
  const slower: Slower[] = [];
  const left: { id: string; reason: string }[] = [];
  for (const { facts, reference } of plans) {
    const { id, better } = facts;
    if (reference === undefined || reference === id) continue;
    const old = before.get(id);
    const was = old?.state === "measured" ? old.ratioToPort : undefined;
    if (was === undefined) {
      left.push({ id, reason: old === undefined ? "it is not in the saved results" : old.state === "measured" ? "saved without a raw MessagePort beside it" : `saved as ${old.state}` });
      continue;
    }
    if (cells.get(id)?.state === "failed") {
      slower.push({ id, speedPercent: 0, is: 0, was });
      continue;
    }
    const is = bestRatio(cells.get(id), cells.get(reference), better);
    if (typeof is === "string") {
      left.push({ id, reason: is });
      continue;
    }
    const speedPercent = 100 * (better === "higher" ? is / was : was / is);
    if (speedPercent < 100 - SLOWER_PERCENT) slower.push({ id, speedPercent, is, was });
  }
  return { slower, left };
}

/** The share that is kindest to the cell among its rounds and those of the port. */
function bestRatio(cell: Cell | undefined, port: Cell | undefined, better: Cell["better"]): number | string {
  const own = valuesOf(cell);
  const other = valuesOf(port);
  if (typeof own === "string") return own;
  if (typeof other === "string") return `the raw MessagePort's ${other}`;
  return better === "higher" ? Math.max(...own) / Math.min(...other) : Math.min(...own) / Math.max(...other);
}

function valuesOf(cell: Cell | undefined): readonly number[] | string {
  if (cell === undefined) return "it was not measured";
  if (cell.state === "measured") return [cell.value];
  return cell.state === "unsteady" ? cell.rounds : `${cell.state}: ${cell.reason}`;
}
