import type { Unit } from "../results.js";

const SHORT = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const COMPACT = new Intl.NumberFormat("en", { maximumSignificantDigits: 3, notation: "compact" });

/** Three significant digits, thousands apart. */
export function short(value: number): string {
  return SHORT.format(value);
}

/** For labels inside a chart: `1.1M`. */
export function compact(value: number): string {
  return COMPACT.format(value);
}

export function percent(value: number): string {
  return `±${value.toFixed(value < 10 ? 1 : 0)} %`;
}

export function times(ratio: number): string {
  return `${short(ratio)} ×`;
}

export function unitText(unit: Unit): string {
  return unit === "us" ? "µs" : unit;
}
