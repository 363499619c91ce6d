import type { Cell, Column } from "../case.js";
import { CASES } from "../cases/index.js";
import { COLUMNS } from "../columns.js";
import { runCell } from "../runner/cell.js";
import { LAYERS } from "./layers.js";
import { makeTree } from "./tree.js";

/** One attack with all layers and without one of them. */
export interface LayerRow {
  readonly layer: string;
  readonly case: string;
  readonly column: string;
  readonly whole: Cell;
  readonly without: Cell;
}

export async function runLayers(missing: ReadonlyMap<string, string>, done: (text: string) => void): Promise<readonly LayerRow[]> {
  const rows: LayerRow[] = [];
  for (const layer of LAYERS) {
    using tree = layer.patches.length > 0 ? makeTree(layer.patches) : undefined;
    for (const [id, from] of layer.tries) {
      const to = layer.column?.from === from ? layer.column.to : from;
      const run = async (column: string, host?: string): Promise<Cell> => {
        const lack = missing.get(column);
        return lack === undefined ? runCell(caseOf(id), columnOf(column), host === undefined ? {} : { host }) : { case: id, column, state: "skipped", why: lack };
      };
      const [whole, without] = await Promise.all([run(from), run(to, tree?.host)]);
      rows.push({ layer: layer.name, case: id, column: from, whole, without });
      done(`${layer.name}: ${id} in ${from}`);
    }
  }
  return rows;
}

function caseOf(id: string): (typeof CASES)[number] {
  const found = CASES.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no case ${id}`);
  return found;
}

function columnOf(id: string): Column {
  const found = COLUMNS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no column ${id}`);
  return found;
}
