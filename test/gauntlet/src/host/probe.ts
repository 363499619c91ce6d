import type { Kernel } from "@sallyport/kernel";
import { isSallyportError } from "@sallyport/bus";
import type { Innocent } from "./job.js";

/** Asks the innocent plugins again and again, and notes their slowest answer. */
export interface Probe {
  /** What was measured until now is what they do in peace. */
  peace(): void;
  /** Begins to count anew. */
  begin(): void;
  /** What they noticed since; waits for answers that are still due. */
  end(): Promise<readonly Innocent[]>;
  stop(): void;
}

const EVERY_MS = 25;
const TIMEOUT_MS = 4000;

export function probe(kernel: Kernel, innocents: readonly { readonly method: string; readonly mode: string }[]): Probe {
  let running = true;
  const notes = innocents.map(({ method, mode }) => ({ method, mode, worstMs: 0, idleMs: 0, failed: new Set<string>(), due: Promise.resolve() }));
  const ask = async (note: (typeof notes)[number]): Promise<void> => {
    const since = performance.now();
    await kernel.call(note.method, 1, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => note.failed.add(isSallyportError(error) ? error.code : String(error)));
    note.worstMs = Math.max(note.worstMs, performance.now() - since);
  };
  for (const note of notes) {
    void (async () => {
      while (running) {
        note.due = ask(note);
        await note.due;
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    })();
  }
  return {
    peace() {
      for (const note of notes) note.idleMs = note.worstMs;
    },
    begin() {
      for (const note of notes) {
        note.worstMs = 0;
        note.failed.clear();
      }
    },
    async end() {
      await Promise.all(notes.map(({ due }) => due));
      return notes.map(({ mode, worstMs, idleMs, failed }) => ({ mode, worstMs, idleMs, failed: [...failed] }));
    },
    stop: () => void (running = false),
  };
}
