import { execFileSync } from "node:child_process";
import { rank, type Case, type Cell, type Column } from "../case.js";
import { expected } from "../expected.js";
import { whyNot } from "../cases/index.js";
import { runCell, runHost, type CellOptions } from "./cell.js";

export interface RunOptions extends CellOptions {
  /** Hosts at once. */
  readonly atOnce: number;
  /** Why a column cannot be tried here. */
  readonly missing: ReadonlyMap<string, string>;
  done?(cell: Cell, count: number, all: number): void;
}

/** Attacks that one host takes in turn. What looks doubtful afterwards is tried again in a host of its own. */
const TOGETHER = 12;

interface Place { readonly one: Case; readonly column: Column; readonly index: number }

/** Every case in every column. What looks worse than expected, or slow, is tried once more with the machine to itself. */
export async function runAll(cases: readonly Case[], columns: readonly Column[], options: RunOptions): Promise<readonly Cell[]> {
  const places = cases.flatMap((one, row) => columns.map((column, i): Place => ({ one, column, index: row * columns.length + i })));
  const cells: Cell[] = [];
  const again: Place[] = [];
  const tools = new Map<string, boolean>();
  let count = 0;
  const keep = (place: Place, cell: Cell): void => {
    cells[place.index] = cell;
    if (timesMore(place.one, cell) > 0) again.push(place);
    options.done?.(cell, ++count, places.length);
  };
  const due = places.filter((place) => {
    const cell = idle(place.one, place.column, options, tools);
    if (cell !== undefined) keep(place, cell);
    return cell === undefined;
  });
  const batches = columns.flatMap((column) => batchesOf(due.filter((place) => place.column === column)));
  const lane = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const [{ column }] = batch as [Place];
      const done = await runHost(batch.map(({ one }) => one), column, options);
      done.forEach((cell, i) => keep(batch[i] as Place, cell));
      // The host did not live to see them: they go on in another.
      const rest = batch.slice(Math.max(1, done.length));
      if (done.length === 0) keep(batch[0] as Place, { case: (batch[0] as Place).one.id, column: column.id, state: "skipped", why: "the host could not be started" });
      if (rest.length > 0) batches.unshift(rest);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  for (const { one, column, index } of again) {
    for (let more = timesMore(one, cells[index] as Cell); more > 0; more--) cells[index] = together(cells[index] as Cell, await runCell(one, column, options));
    options.done?.(cells[index] as Cell, count, places.length);
  }
  return cells;
}

/** Those that may be the end of their host, or need one of their own, first and alone. */
function batchesOf(places: readonly Place[]): (readonly Place[])[] {
  const alone = places.filter(({ one, column }) => one.hostEnv !== undefined || one.drive === "host-killed" || expected(one, column.id) === "host dies");
  const together = places.filter((place) => !alone.includes(place));
  const batches: (readonly Place[])[] = alone.map((place) => [place]);
  for (let at = 0; at < together.length; at += TOGETHER) batches.push(together.slice(at, at + TOGETHER));
  return batches;
}

function idle(one: Case, column: Column, { missing }: RunOptions, tools: Map<string, boolean>): Cell | undefined {
  const cell = { case: one.id, column: column.id };
  const reason = whyNot(one, column);
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

/** What was expected to end the host and did not may have won a race: it has to win it three times. */
function timesMore(one: Case, cell: Cell): number {
  if (cell.state !== "measured") return 0;
  if (cell.outcome !== "host dies" && expected(one, cell.column) === "host dies") return 2;
  return isWorse(one, cell) || (cell.flaws?.length ?? 0) > 0 ? 1 : 0;
}

/**
 * Of two runs the worse outcome, since what happens once can happen again; but a start that was late, a host that was silent and
 * slow answers may be the machine's fault, and count only when they come twice.
 */
function together(a: Cell, b: Cell): Cell {
  const of = ({ outcome }: Cell): number => (outcome === undefined || outcome === "instance dies" ? rank("call fails") : rank(outcome));
  const sure = (cell: Cell): boolean => !/^the host hangs|^the run failed/.test(cell.why);
  if (of(a) !== of(b)) {
    const [worse, other] = of(a) > of(b) ? [a, b] : [b, a];
    return sure(worse) ? { ...worse, why: `${worse.why} (not every time)` } : other;
  }
  return (a.flaws?.length ?? 0) < (b.flaws?.length ?? 0) ? a : b;
}
