import type { Cell, Question, Unit } from "../results.js";
import { unitText } from "./numbers.js";

/** What the raw MessagePort is called among the baselines. */
export const PORT = "port";

/** One chart and its table: cells of one unit that a reader may compare. */
export interface Figure {
  /** Unique in the page, fit for an element's id. */
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly better: "higher" | "lower";
  readonly rows: readonly FigureRow[];
  /** The raw MessagePort's value, where it is among the rows. */
  readonly port: number | undefined;
}

export interface FigureRow {
  /** The mode; in a shared figure also, after a line break, what it was asked. */
  readonly label: string;
  readonly cell: Cell;
}

/** The figures of a question, in the order of the cells. What only one mode was asked shares a figure with its like. */
export function figuresOf(question: Question, cells: readonly Cell[]): readonly Figure[] {
  const asked = groupBy(cells.filter((cell) => cell.question === question), ({ what, unit, better }) => `${what}\n${unit}\n${better}`);
  const shared = groupBy(asked.filter((group) => group.length === 1).flat(), ({ unit, better }) => `${unit}\n${better}`);
  const groups = [...asked.filter((group) => group.length > 1), ...shared];
  return groups.flatMap((group, i) => {
    const [first, second] = group;
    if (first === undefined) return [];
    const isMixed = second !== undefined && second.what !== first.what;
    const rows = group.map((cell) => ({ label: isMixed ? `${cell.mode}\n${cell.what}` : cell.mode, cell }));
    const title = isMixed ? `Asked of one mode each, ${unitText(first.unit)}` : first.what;
    return [{ id: `${question}-${i + 1}`, title, unit: first.unit, better: first.better, rows, port: portOf(rows) }];
  });
}

function groupBy(cells: readonly Cell[], keyOf: (cell: Cell) => string): readonly (readonly Cell[])[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const group = groups.get(keyOf(cell));
    if (group === undefined) groups.set(keyOf(cell), [cell]);
    else group.push(cell);
  }
  return [...groups.values()];
}

function portOf(rows: readonly FigureRow[]): number | undefined {
  const cell = rows.find((row) => row.cell.mode === PORT)?.cell;
  return cell?.state === "measured" ? cell.value : undefined;
}
