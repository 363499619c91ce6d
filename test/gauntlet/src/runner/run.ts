import { execFileSync } from "node:child_process";
import { expected, rank, type Case, type Cell, type Column } from "../case.js";
import { whyNot } from "../cases/index.js";
import { runCell, type CellOptions } from "./cell.js";

export interface RunOptions extends CellOptions {
  /** Hosts at once. */
  readonly atOnce: number;
  /** Why a column cannot be tried here. */
  readonly missing: ReadonlyMap<string, string>;
  done?(cell: Cell, count: number, all: number): void;
}

/** Every case in every column. What looks worse than expected, or slow, is tried once more with the machine to itself. */
export async function runAll(cases: readonly Case[], columns: readonly Column[], options: RunOptions): Promise<readonly Cell[]> {
  const jobs = cases.flatMap((one) => columns.map((column) => ({ one, column })));
  const cells: Cell[] = [];
  const again: { index: number; one: Case; column: Column }[] = [];
  const tools = new Map<string, boolean>();
  let next = 0;
  let count = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < jobs.length; index = next++) {
      const { one, column } = jobs[index] as (typeof jobs)[number];
      const cell = idle(one, column, options, tools) ?? (await runCell(one, column, options));
      cells[index] = cell;
      if (isDoubtful(one, cell)) again.push({ index, one, column });
      options.done?.(cell, ++count, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  for (const { index, one, column } of again) cells[index] = better(cells[index] as Cell, await runCell(one, column, options));
  return cells;
}

function idle(one: Case, column: Column, { missing }: RunOptions, tools: Map<string, boolean>): Cell | undefined {
  const cell = { case: one.id, column: column.id };
  const reason = whyNot(one, column.mode);
  if (reason !== undefined) return { ...cell, state: "not applicable", why: reason };
  const lack = missing.get(column.id);
  if (lack !== undefined) return { ...cell, state: "skipped", why: lack };
  if (one.tool !== undefined && !isThere(one.tool, tools)) return { ...cell, state: "skipped", why: `${one.tool} is not installed here` };
  return undefined;
}

function isThere(tool: string, tools: Map<string, boolean>): boolean {
  let there = tools.get(tool);
  if (there === undefined) {
    try {
      execFileSync(tool, ["--version"], { stdio: "ignore" });
      there = true;
    } catch {
      there = false;
    }
    tools.set(tool, there);
  }
  return there;
}

export function isWorse(one: Case, cell: Cell): boolean {
  return cell.outcome !== undefined && rank(cell.outcome) > rank(expected(one, cell.column));
}

function isDoubtful(one: Case, cell: Cell): boolean {
  return isWorse(one, cell) || (cell.flaws?.length ?? 0) > 0;
}

function better(a: Cell, b: Cell): Cell {
  const of = (cell: Cell): number => (cell.outcome === undefined ? 0 : rank(cell.outcome)) * 100 + (cell.flaws?.length ?? 0);
  return of(b) <= of(a) ? b : a;
}
