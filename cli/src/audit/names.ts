import { readdirSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";

/** `audit.jsonl` → `audit.crossings.jsonl`: crossings are many, and must not push the rest out. */
export function crossingsFile(file: string): string {
  const end = extname(file);
  return `${file.slice(0, file.length - end.length)}.crossings${end}`;
}

/** Last line that was written, for whoever asks whether lines were cut off the end. */
export function headFile(file: string): string {
  return `${file}.head`;
}

/** Earlier files, `audit.jsonl.7`: by number, the oldest first. */
export function rotatedFiles(file: string): readonly { readonly number: number; readonly path: string }[] {
  const start = `${basename(file)}.`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(start) && /^[1-9]\d{0,14}$/.test(name.slice(start.length)))
    .map((name) => ({ number: Number(name.slice(start.length)), path: join(dirname(file), name) }))
    .toSorted((a, b) => a.number - b.number);
}
