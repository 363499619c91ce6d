import { writeAll } from "@sallyport/cell/inside";
import { EXIT_FAULT } from "@sallyport/plugin/stdio";
import type { LinearMemory } from "./engine.js";
import { EXIT_REFUSED, type EXIT_OTHER_ABI } from "./head.js";

/** Ends the cell with a sentence for the crash report. */
export function fail(text: string): never {
  return say(text, EXIT_FAULT);
}

/** As `fail`, for a module that was built wrong. */
export function refuse(text: string, code: typeof EXIT_REFUSED | typeof EXIT_OTHER_ABI = EXIT_REFUSED): never {
  return say(text, code);
}

function say(text: string, code: number): never {
  writeAll(2, new TextEncoder().encode(`${text}\n`));
  process.exit(code);
}

/** So much of its maximum in use, and a module that traps has probably not been given more. */
const NEARLY = 0.9;

/** What ended a module, in words that the host understands as `memory_limit` where that is likely. */
export function trapped(what: string, thrown: unknown, memory: LinearMemory | undefined, mostBytes: number): never {
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const held = memory?.buffer.byteLength ?? 0;
  fail(`${what} trapped: ${said}${held >= NEARLY * mostBytes ? `; out of memory: it holds ${held >> 20} of ${mostBytes >> 20} MiB` : ""}`);
}
