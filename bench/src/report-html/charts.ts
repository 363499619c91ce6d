import { PORT, type Figure } from "./figures.js";
import { compact, times, unitText } from "./numbers.js";

/** What the page's script needs to draw one figure; the rest it takes from the style. */
export interface ChartData {
  readonly id: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** Bars start here: the raw MessagePort's value, so that a bar's length is the ratio. */
  readonly port?: number;
  readonly bars: readonly Bar[];
  /** Latency of single calls, µs: p50, p90, p99, p99.9 of each mode and the raw MessagePort. */
  readonly percentiles: readonly { readonly label: string; readonly values: readonly number[] }[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** `500K` and, where there is one, `3.03 ×`. */
  readonly text: string;
  readonly ratio: string;
  readonly baseline: boolean;
}

export function chartOf({ id, unit, better, rows, port }: Figure): ChartData {
  const bars = rows.flatMap(({ label, cell }): readonly Bar[] => {
    if (cell.state !== "measured") return [];
    const margin = (cell.value * (cell.marginPercent ?? 0)) / 100;
    const ratio = cell.ratioToPort === undefined ? "" : times(cell.ratioToPort);
    return [{ label, value: cell.value, low: cell.value - margin, high: cell.value + margin, text: compact(cell.value), ratio, baseline: cell.baseline }];
  });
  const percentiles = rows.flatMap(({ label, cell }) => {
    if (cell.state !== "measured" || cell.percentiles === undefined || (cell.baseline && cell.mode !== PORT)) return [];
    const { p50, p90, p99, p999 } = cell.percentiles;
    return [{ label, values: [p50, p90, p99, p999] }];
  });
  return { id, unit: unitText(unit), better, ...(port !== undefined && { port }), bars, percentiles };
}
