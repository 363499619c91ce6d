import type { Cell } from "../case.js";
import type { LayerRow } from "../layers/run.js";
import { CASES } from "../cases/index.js";
import { grid } from "./matrix.js";
import { plain } from "./plain.js";

/** The generated part of SECURITY.md: with one layer gone, what the others still stop. */
export function layersTable(rows: readonly LayerRow[]): string {
  return grid(["without", "attack", "mode", "with all layers", "without it", "what stops it then"], rows.map(({ layer, case: id, column, whole, without }) => [
    layer, `${id} ${plain(CASES.find((one) => one.id === id)?.title ?? "")}`, `\`${column}\``, word(whole), word(without), without.outcome === "call fails" || without.outcome === "instance dies" ? stops(without) : without.state === "skipped" ? plain(without.why).slice(0, 100) : `nothing: ${plain(without.why).slice(0, 100)}`,
  ]));
}

function word(cell: Cell): string {
  if (cell.outcome === undefined) return cell.state;
  return cell.outcome === "gets through" || cell.outcome === "host dies" ? `**${cell.outcome}**` : cell.outcome;
}

function stops(cell: Cell): string {
  return cell.why === "nothing came of it" ? "it comes to nothing" : `\`${plain(cell.why).slice(0, 60)}\``;
}
