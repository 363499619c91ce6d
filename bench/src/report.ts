import Table from "cli-table3";
import type { Machine } from "./machine.js";
import { ORDER_BYTES } from "./order.js";
import { IN_FLIGHT, type Figure, type Measured, type RowResult } from "./result.js";
import { REFERENCE } from "./rows.js";

export interface Report {
  readonly machine: Machine;
  readonly quick: boolean;
  readonly orderBytes: number;
  readonly inFlight: number;
  readonly seconds: number;
  readonly rows: readonly ReportedRow[];
}

/** A row, and how fast it is against the reference of the same run: above 1 is faster. */
export interface ReportedRow extends RowResult {
  readonly roundTripRatio?: number;
  readonly callsRatio?: number;
}

export function createReport(machine: Machine, quick: boolean, seconds: number, rows: readonly RowResult[]): Report {
  const reference = rows.map((row) => (row.name === REFERENCE ? measuredOf(row) : undefined)).find((each) => each !== undefined);
  return { machine, quick, orderBytes: ORDER_BYTES, inFlight: IN_FLIGHT, seconds, rows: rows.map((row) => ({ ...row, ...ratios(measuredOf(row), reference) })) };
}

function ratios(measured: Measured | undefined, reference: Measured | undefined): { readonly roundTripRatio?: number; readonly callsRatio?: number } {
  if (measured === undefined || reference === undefined) return {};
  return { roundTripRatio: reference.roundTripUs.value / measured.roundTripUs.value, callsRatio: measured.callsPerSecond.value / reference.callsPerSecond.value };
}

function measuredOf({ outcome }: RowResult): Measured | undefined {
  return outcome.state === "measured" ? outcome.measured : undefined;
}

export function renderReport({ machine, quick, orderBytes, inFlight, seconds, rows }: Report): string {
  const table = new Table({
    head: ["row", "round trip µs", `x ${REFERENCE}`, `calls/s, ${inFlight} in flight`, `x ${REFERENCE}`, "first start ms", "start ms", "what"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([row.name, ...cells(row), row.what]);
  const { node, system, cpu, cpus, usableCpus, memoryGib, load } = machine;
  return [
    `Node ${node}, ${system}; ${cpu}, ${usableCpus} of ${cpus} CPUs usable, ${memoryGib} GiB; load ${load} at the start${quick ? "; --quick: expect wide margins" : ""}`,
    `An order of 7 fields, ${orderBytes} bytes as JSON, there and back. x ${REFERENCE}: above 1 is faster than a raw MessagePort in this run.`,
    table.toString(),
    ...rows.flatMap(({ name, outcome }) => (outcome.state === "measured" ? [] : [`${name}: ${outcome.state}: ${outcome.reason}`])),
    `${Math.round(seconds)} s`,
  ].join("\n");
}

function cells({ outcome, roundTripRatio, callsRatio }: ReportedRow): readonly string[] {
  if (outcome.state !== "measured") return [outcome.state, "", "", "", "", ""];
  const { roundTripUs, callsPerSecond, starts } = outcome.measured;
  return [withMargin(roundTripUs), ratio(roundTripRatio), withMargin(callsPerSecond), ratio(callsRatio), starts === undefined ? "-" : short(starts.firstMs), starts === undefined ? "-" : short(starts.medianMs)];
}

function withMargin({ value, marginPercent }: Figure): string {
  return `${short(value)} ±${marginPercent.toFixed(marginPercent < 10 ? 1 : 0)} %`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? "-" : short(value);
}

/** Three significant digits, thousands apart. */
function short(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value);
}
