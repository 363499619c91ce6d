import type { Kernel } from "@sallyport/kernel";
import { isSallyportError } from "@sallyport/bus";
import type { Innocent } from "./job.js";

/** Asks the innocent plugins again and again, and notes their slowest answer. */
export interface Probe {
  /** Begins to count anew: what was measured until now is what they do in peace. */
  attack(): void;
  stop(): Promise<readonly Innocent[]>;
}

const EVERY_MS = 25;
const TIMEOUT_MS = 4000;

export function probe(kernel: Kernel, innocents: readonly { readonly method: string; readonly mode: string }[]): Probe {
  let running = true;
  const notes = innocents.map(({ method, mode }) => ({ method, mode, worstMs: 0, idleMs: 0, failed: new Set<string>() }));
  const loops = notes.map(async (note) => {
    while (running) {
      const since = performance.now();
      await kernel.call(note.method, 1, { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => note.failed.add(isSallyportError(error) ? error.code : String(error)));
      note.worstMs = Math.max(note.worstMs, performance.now() - since);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  });
  return {
    attack() {
      for (const note of notes) {
        note.idleMs = note.worstMs;
        note.worstMs = 0;
      }
    },
    async stop() {
      running = false;
      await Promise.all(loops);
      return notes.map(({ mode, worstMs, idleMs, failed }) => ({ mode, worstMs, idleMs, failed: [...failed] }));
    },
  };
}
