import { setTimeout as delay } from "node:timers/promises";
import { isSallyportError } from "@sallyport/bus";

const ATTEMPTS = 10;

/**
 * Runs `attempt` again while its error says that the same call may succeed: every method of the pipeline is
 * idempotent. Anything else, and the last failure, is thrown.
 */
export async function retrying<T>(attempt: () => Promise<T>, onRetry: (code: string) => void): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isSallyportError(error) || !error.retryable || n === ATTEMPTS) throw error;
      onRetry(error.code);
      await delay(Math.max(error.retryAfterMs ?? 0, Math.min(1000, 25 * 2 ** n)));
    }
  }
}

/** At most `width` tasks at once; `add` waits for a place, `idle` for all. The first failure is thrown by both. */
export function createPool(width: number): { add(task: () => Promise<void>): Promise<void>; idle(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const check = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async add(task) {
      while (running.size >= width) await Promise.race(running);
      check();
      const run: Promise<void> = task().catch((error: unknown) => void failures.push(error)).finally(() => running.delete(run));
      running.add(run);
    },
    async idle() {
      await Promise.all(running);
      check();
    },
  };
}
