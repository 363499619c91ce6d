import Table from "cli-table3";
import { QUESTIONS, type Cell, type JudgedTarget, type ModeTraits, type Question, type Results } from "../results.js";
import { percent, short } from "./numbers.js";

/** The results for a terminal of so many columns: a table for each question, the targets, and what has no figure. */
export function renderTables(results: Results, columns: number): string {
  const groups = (Object.keys(QUESTIONS) as Question[]).map((question) => [QUESTIONS[question], results.cells.filter((cell) => cell.question === question)] as const);
  return [
    headline(results),
    ...groups.filter(([, cells]) => cells.length > 0).flatMap(([title, cells]) => [`\n${title}`, ...chunks(cells, columns).map(pivot)]),
    ...latencies(results.cells),
    "\nWhat it contains",
    traitTable(results.traits),
    ...(results.targets.length > 0 ? ["\nTargets", targetTable(results.targets, columns)] : []),
    ...reasons(results.cells),
    `\n${Math.round(results.seconds)} s`,
  ].join("\n");
}

function headline({ machine, versions, options, command }: Results): string {
  const { system, cpu, usableCpus, cpus, memoryGib, load } = machine;
  return [
    `${command}: Node ${versions["node"]}, ${system}; ${cpu}, ${usableCpus} of ${cpus} CPUs usable, ${memoryGib} GiB; load ${load} at the start`,
    `±: half the 95 % confidence interval. x: times the figure of a raw MessagePort that did the same in this run. unsteady: its rounds differ by more than ${options.tolerancePercent} %.`,
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[], left = 1, widths?: readonly number[]): string {
  const made = new Table({
    head: [...head], colAligns: head.map((_, index) => (index < left ? "left" : "right")), style: { head: [], border: [], compact: true },
    ...(widths && { colWidths: [...widths], wordWrap: true }),
  });
  for (const row of rows) made.push([...row]);
  return made.toString();
}

const COLUMN = 30;

/** Cells with as many different columns as the terminal is wide for. */
function chunks(cells: readonly Cell[], columns: number): readonly (readonly Cell[])[] {
  const heads = [...new Set(cells.map(columnOf))];
  const many = Math.max(1, Math.floor((columns - 14) / COLUMN));
  return Array.from({ length: Math.ceil(heads.length / many) }, (_, chunk) => {
    const taken = heads.slice(chunk * many, (chunk + 1) * many);
    return cells.filter((cell) => taken.includes(columnOf(cell)));
  });
}

function columnOf({ what, unit }: Cell): string {
  return `${what}\n${unit}`;
}

/** Modes down, figures across. */
function pivot(cells: readonly Cell[]): string {
  const heads = [...new Set(cells.map(columnOf))];
  const modes = [...new Set(cells.map(({ mode }) => mode))];
  const at = (mode: string, head: string): string => {
    const cell = cells.find((each) => each.mode === mode && columnOf(each) === head);
    return cell === undefined ? "" : figure(cell);
  };
  return table(["", ...heads], modes.map((mode) => [mode, ...heads.map((head) => at(mode, head))]));
}

/** `12,300 ±1.2 % 0.41 x`, or the state. */
export function figure(cell: Cell): string {
  if (cell.state === "unsteady") return `unsteady ${cell.rounds.map(short).join(" / ")}`;
  if (cell.state !== "measured") return cell.state;
  return [short(cell.value), cell.marginPercent === undefined ? "" : `±${percent(cell.marginPercent)}`, cell.ratioToPort === undefined ? "" : `${short(cell.ratioToPort)} x`].filter((part) => part !== "").join(" ");
}

/** Percentiles of single calls, for the cells of the latency question. */
function latencies(cells: readonly Cell[]): readonly string[] {
  const timed = cells.flatMap((cell) => ("percentiles" in cell && cell.percentiles !== undefined && cell.question !== "payloads" ? [[cell, cell.percentiles] as const] : []));
  if (timed.length === 0) return [];
  return ["\nSingle calls, µs", table(["", "", "p50", "p90", "p99", "p99.9"], timed.map(([cell, { p50, p90, p99, p999 }]) => [cell.mode, cell.what, short(p50), short(p90), short(p99), short(p999)]), 2)];
}

function traitTable(traits: readonly ModeTraits[]): string {
  return table(["mode", "memory", "a crash is", "a hang is ended", "authority", "copies"], traits.map((each) => [each.mode, each.memory, each.crash, each.stop, each.authority, each.copies ? "yes" : "no"]), 6);
}

function targetTable(targets: readonly JudgedTarget[], columns: number): string {
  const verdict = 9;
  const each = Math.max(20, Math.floor((columns - verdict - 5) / 3));
  return table(["path", "target", "measured", ""], targets.map((target) => [target.path, target.target, target.measured, target.verdict]), 4, [each, each, each, verdict]);
}

function reasons(cells: readonly Cell[]): readonly string[] {
  const missing = cells.flatMap((cell) => (cell.state === "measured" ? [] : [`${cell.id}: ${cell.state}: ${cell.reason}`]));
  return missing.length === 0 ? [] : ["", ...missing];
}
