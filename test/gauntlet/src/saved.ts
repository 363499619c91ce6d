import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Cell, Column } from "./case.js";
import type { LayerRow } from "./layers/run.js";

/** `containment.json`: the last whole run, which the next one is compared with. */
export interface Saved {
  readonly format: 1;
  readonly made: { readonly date: string; readonly command: string; readonly seconds: number; readonly where: string };
  readonly columns: readonly Column[];
  /** Those that were measured or skipped; what is not here is not applicable. */
  readonly cells: readonly Cell[];
}

export const SAVED_FILE = fileURLToPath(new URL("../containment.json", import.meta.url));

export function readSaved(): Saved | undefined {
  return existsSync(SAVED_FILE) ? (JSON.parse(readFileSync(SAVED_FILE, "utf8")) as Saved) : undefined;
}

export function makeSaved(columns: readonly Column[], cells: readonly Cell[], command: string, seconds: number): Saved {
  const where = `Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}, ${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} CPUs, load ${(loadavg()[0] ?? 0).toFixed(1)} at the end`;
  return { format: 1, made: { date: new Date().toISOString().slice(0, 10), command, seconds, where }, columns, cells: cells.filter(({ state }) => state !== "not applicable") };
}

/** A part measured again takes the place of the same cells of the whole. */
export function mergeSaved(whole: Saved | undefined, part: Saved): Saved {
  if (whole === undefined) return part;
  const again = new Map(part.cells.map((cell) => [`${cell.case} ${cell.column}`, cell]));
  const kept = whole.cells.map((cell) => again.get(`${cell.case} ${cell.column}`) ?? cell);
  const known = new Set(whole.cells.map((cell) => `${cell.case} ${cell.column}`));
  return { ...whole, columns: part.columns, cells: [...kept, ...part.cells.filter((cell) => !known.has(`${cell.case} ${cell.column}`))] };
}

/** `layers.json`, a row a line. */
export function writeLayers(rows: readonly LayerRow[]): void {
  writeFileSync(fileURLToPath(new URL("../layers.json", import.meta.url)), `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`);
}

/** One cell a line, so that a change of one is a change of one line. */
export function writeSaved(saved: Saved): void {
  const { cells, ...head } = saved;
  const text = JSON.stringify({ ...head, cells: [] }, undefined, 2);
  writeFileSync(SAVED_FILE, `${text.replace(/"cells": \[\]\n\}$/, () => `"cells": [\n${cells.map((cell) => `    ${JSON.stringify(cell)}`).join(",\n")}\n  ]\n}`)}\n`);
}
