import type { ModeFigures } from "../advice/figures.js";
import type { Colors } from "../terminal.js";
import { table } from "./table.js";
import { durationText, numberText } from "./text.js";
import { plainText } from "./value.js";

/** A line for each mode and number of calls in flight. */
export function renderFigures(rows: readonly ModeFigures[], colors: Colors): string {
  const lines = rows.flatMap((row) => row.widths.map((width, i) => [
    i === 0 ? colors.bold(plainText(row.mode)) : "",
    String(width.inFlight),
    numberText(width.callsPerSecond),
    width.marginPercent === undefined ? "-" : `±${numberText(width.marginPercent, 2)} %`,
    us(width.p50Us),
    us(width.p99Us),
    i === 0 && row.startMs !== undefined ? durationText(row.startMs * 1000) : "",
    i === 0 && row.memoryMib !== undefined ? `${numberText(row.memoryMib, 2)} MiB` : "",
  ]));
  return table(["mode", "in flight", "calls/s", "", "p50", "p99", "start", "memory"], lines, colors);
}

function us(value: number | undefined): string {
  return value === undefined ? "-" : durationText(value);
}
