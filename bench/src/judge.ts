import { short } from "./report/numbers.js";
import type { Cell, JudgedTarget } from "./results.js";
import type { Comparison, Target } from "./targets.js";

type Verdict = JudgedTarget["verdict"];

/** Smallest and largest that a figure may be: the same for a steady cell, all rounds of an unsteady one. */
interface Range { readonly least: number; readonly most: number }

/** Holds each target against the cells. An unsteady cell still decides where all of its rounds say the same. */
export function judge(targets: readonly Target[], cells: readonly Cell[]): readonly JudgedTarget[] {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return targets.map(({ path, promise, comparisons, any = false }) => {
    const judged = comparisons.map((comparison) => compare(comparison, byId));
    return {
      path,
      target: promise,
      measured: judged.map(({ text }, index) => (judged.length > 1 ? `${nameOf(comparisons[index])} ${text}` : text)).join("; "),
      verdict: together(judged.map(({ verdict }) => verdict), any),
      cells: comparisons.flatMap(({ cell, to }) => (to === undefined ? [cell] : [cell, to])),
    };
  });
}

function nameOf(comparison: Comparison | undefined): string {
  const [mode, what] = comparison?.cell.split("/") ?? [];
  return what === "methods" || what === "topics" ? what : (mode ?? "");
}

function together(verdicts: readonly Verdict[], any: boolean): Verdict {
  const decisive: Verdict = any ? "met" : "not met";
  if (verdicts.includes(decisive)) return decisive;
  return verdicts.includes("unknown") ? "unknown" : any ? "not met" : "met";
}

function compare(comparison: Comparison, cells: ReadonlyMap<string, Cell>): { readonly verdict: Verdict; readonly text: string } {
  const { cell: id, to, perCall = false, atLeast = -Infinity, atMost = Infinity } = comparison;
  const own = rangeOf(id, cells);
  if (typeof own === "string") return { verdict: "unknown", text: own };
  const other = to === undefined ? undefined : rangeOf(to, cells);
  if (typeof other === "string") return { verdict: "unknown", text: other };
  const { least, most } = other ? { least: own.least / other.most, most: own.most / other.least } : perCall ? { least: 1e6 / own.most, most: 1e6 / own.least } : own;
  const unit = other ? "x" : perCall ? "µs" : (cells.get(id)?.unit ?? "");
  const verdict = least >= atLeast && most <= atMost ? "met" : most < atLeast || least > atMost ? "not met" : "unknown";
  return { verdict, text: least === most ? `${short(least)} ${unit}` : `${short(least)} to ${short(most)} ${unit} (unsteady)` };
}

function rangeOf(id: string, cells: ReadonlyMap<string, Cell>): Range | string {
  const cell = cells.get(id);
  if (cell === undefined) return `${id} was not run`;
  if (cell.state === "measured") return { least: cell.value, most: cell.value };
  if (cell.state === "unsteady") return { least: Math.min(...cell.rounds), most: Math.max(...cell.rounds) };
  return `${id} ${cell.state === "failed" ? "failed" : "is unavailable"}`;
}
