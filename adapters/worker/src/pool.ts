import type { MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import { disablePhaseImports, threadFile, type ThreadTask } from "@sallyport/guest";

/** Threads that are locked down and wait for a plugin. */
export interface Pool {
  /** Runs one instance on a thread of its own; aborting `kill` terminates the thread, whatever it is doing. */
  run(task: ThreadTask & { readonly port: MessagePort }, kill: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** More threads than a machine has memory for: the bound that matters is the number of plugins. */
const MAX_THREADS = 1024;
/** An idle thread beyond the spares is ended after so long. */
const IDLE_MS = 30_000;

export function createPool(spares: number): Pool {
  // Set for the whole program, since threads share its engine; it turns off a syntax that nothing but an attack uses.
  disablePhaseImports();
  const piscina = new Piscina({
    filename: threadFile(),
    minThreads: spares,
    maxThreads: MAX_THREADS,
    idleTimeout: IDLE_MS,
    // An instance lives on its thread's event loop, which piscina's default would freeze.
    atomics: "disabled",
    concurrentTasksPerWorker: 1,
    // Nothing of the host's environment or command line reaches a guest's thread.
    env: {},
    argv: [],
    execArgv: [],
  });
  // A thread that fails while it waits is replaced; the instance it would have run reports its own start.
  piscina.on("error", () => {});

  function refill(): void {
    if (spares > 0 && piscina.idleThreads === 0) piscina.run({ warm: true } satisfies ThreadTask).catch(() => {});
  }

  return {
    async run(task, kill) {
      const running = piscina.run(task, { transferList: [task.port], signal: kill }) as Promise<void>;
      // Only after this one has taken its thread.
      queueMicrotask(refill);
      await running;
    },
    close: () => piscina.destroy(),
  };
}
