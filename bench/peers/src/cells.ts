import { combine, type Outcome } from "@sallyport/bench";
import type { Cell, CellFacts } from "@sallyport/bench/results";
import type { Entry } from "./contenders.js";
import type { Plan } from "./plan.js";
import { keyOf, START, type Quantity, type Reading } from "./reading.js";

/** All readings of the run, each contender's in the order of the rounds. */
export type Readings = ReadonlyMap<Entry, readonly Reading[]>;

/** The cells of every contender, in the order of the plans. */
export function toCells(all: Readings, plans: readonly Plan[], rounds: number): readonly Cell[] {
  const quantities = plans.flatMap(({ cases, pinned }) => cases.map((each): Quantity => ({ ...each, pinned })));
  const cells = [...all].flatMap(([entry, readings]) => [...quantities.map((each) => toCell(callFacts(entry, each), readings, keyOf(each), rounds)), toCell(startFacts(entry), readings, START, rounds)]);
  return cells.map((cell) => withRatio(cell, cells));
}

function callFacts(entry: Entry, quantity: Quantity): CellFacts {
  const { payload, inFlight, pinned } = quantity;
  const what = `${payload}, ${inFlight} in flight${pinned ? ", on one CPU" : ""}`;
  const facts = { ...whose(entry), id: `peers/${entry.name}/${keyOf(quantity)}`, what, payload, inFlight, direction: "host-plugin", pinned } as const;
  if (inFlight === 1) return { ...facts, question: "latency", unit: "us", better: "lower" };
  return { ...facts, question: payload === "S" ? "calls" : "payloads", unit: "calls/s", better: "higher" };
}

function startFacts(entry: Entry): CellFacts {
  return { ...whose(entry), id: `peers/${entry.name}/${START}`, question: "start", what: "from nothing to the first answer", pinned: false, unit: "ms", better: "lower" };
}

function whose({ name, ours = false }: Entry): Pick<CellFacts, "mode" | "baseline"> {
  return { mode: name, baseline: !ours };
}

/** What ended a whole process counts for each cell that it left a round short. */
function toCell(facts: CellFacts, readings: readonly Reading[], key: string, rounds: number): Cell {
  const outcomesOf = (wanted: string | undefined): readonly Outcome[] => readings.flatMap((each) => (each.key === wanted ? [each.outcome] : []));
  const own = outcomesOf(key);
  return combine({ facts }, own.length < rounds ? [...own, ...outcomesOf(undefined)] : own);
}

function withRatio(cell: Cell, cells: readonly Cell[]): Cell {
  if (cell.state !== "measured") return cell;
  const port = cells.find(({ id }) => id === cell.id.replace(/^peers\/[^/]+/, "peers/port"));
  return port?.state === "measured" ? { ...cell, ratioToPort: cell.value / port.value } : cell;
}
