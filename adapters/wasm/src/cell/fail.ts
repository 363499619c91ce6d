import { EXIT_FAULT } from "@sallyport/plugin/stdio";
import { writeAll } from "./blocking.js";
import type { LinearMemory } from "./engine.js";

/** Ends the cell with a sentence for the crash report. */
export function fail(text: string): never {
  writeAll(2, new TextEncoder().encode(`${text}\n`));
  process.exit(EXIT_FAULT);
}

/** So much of its maximum in use, and a module that traps has probably not been given more. */
const NEARLY = 0.9;

/** What ended a module, in words that the host understands as `memory_limit` where that is likely. */
export function trapped(what: string, thrown: unknown, memory: LinearMemory | undefined, mostBytes: number): never {
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const held = memory?.buffer.byteLength ?? 0;
  fail(`${what} trapped: ${said}${held >= NEARLY * mostBytes ? `; out of memory: it holds ${held >> 20} of ${mostBytes >> 20} MiB` : ""}`);
}
