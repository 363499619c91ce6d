import type { CellPlan } from "../cells/cell.js";
import { median } from "../sample/median.js";
import { short } from "../report/numbers.js";
import type { Cell, Percentiles } from "../results.js";
import type { Outcome } from "./outcome.js";

/** Rounds of a cell that differ by more are not given as a figure; percent of their mean. */
export const TOLERANCE_PERCENT = 30;

/** The rounds of one cell as one result. */
export function combine({ facts, combine: how = "mean" }: Pick<CellPlan, "facts" | "combine">, outcomes: readonly Outcome[]): Cell {
  const measured = outcomes.filter((outcome) => outcome.state === "measured");
  const missing = outcomes.find((outcome) => outcome.state !== "measured");
  if (missing !== undefined) return { ...facts, state: missing.state, reason: missing.reason };
  if (measured.length === 0) return { ...facts, state: "failed", reason: "it was not measured" };

  const rounds = measured.map(({ value }) => value);
  const percentiles = meanOf(measured.flatMap((each) => each.percentiles ?? []));
  // Of many rounds the outermost two may be strays, as of a cold start.
  const kept = rounds.length > 4 ? rounds.toSorted((a, b) => a - b).slice(1, -1) : rounds;
  const [least, most] = [Math.min(...kept), Math.max(...kept)];
  const spreadPercent = (200 * (most - least)) / (most + least);
  if (how === "mean" && spreadPercent > TOLERANCE_PERCENT) {
    const reason = `rounds differ by ${Math.round(spreadPercent)} %: ${rounds.map(short).join(" and ")} ${facts.unit}`;
    return { ...facts, state: "unsteady", reason, rounds, ...(percentiles && { percentiles }) };
  }
  const value = how === "worst" ? (facts.better === "lower" ? most : least) : rounds.length > 4 ? median(rounds) : mean(rounds);
  const margins = measured.flatMap(({ marginPercent }) => marginPercent ?? []);
  return {
    ...facts, state: "measured", value,
    ...(margins.length > 0 && { marginPercent: Math.max(...margins) }),
    samples: measured.reduce((sum, { samples }) => sum + samples, 0),
    rounds, ...(percentiles && { percentiles }),
  };
}

/** Adds each cell's share of the raw port that did the same work in this run. */
export function withRatios(plans: readonly CellPlan[], cells: readonly Cell[]): readonly Cell[] {
  const references = new Map(plans.map(({ facts, reference }) => [facts.id, reference]));
  const values = new Map(cells.flatMap((cell) => (cell.state === "measured" ? [[cell.id, cell.value]] : [])));
  return cells.map((cell) => {
    const reference = values.get(references.get(cell.id) ?? "");
    return cell.state === "measured" && reference !== undefined ? { ...cell, ratioToPort: cell.value / reference } : cell;
  });
}


function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanOf(all: readonly Percentiles[]): Percentiles | undefined {
  if (all.length === 0) return undefined;
  const at = (key: keyof Percentiles): number => mean(all.map((each) => each[key]));
  return { p50: at("p50"), p90: at("p90"), p99: at("p99"), p999: at("p999") };
}
