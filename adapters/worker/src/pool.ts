import type { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import { disablePhaseImports, threadFile, type PluginTask, type ThreadTask } from "@sallyport/guest";

/** Threads that are locked down and wait for a plugin. */
export interface Pool {
  /** Runs one instance on a thread of its own; aborting `kill` terminates the thread, whatever it is doing. */
  run(task: PluginTask, kill: AbortSignal): Promise<void>;
  /** The thread of this id, while it lives. */
  thread(id: number): Worker | undefined;
  close(): Promise<void>;
}

/** More threads than a machine has memory for: the bound that matters is the number of plugins. */
const MAX_THREADS = 1024;
/** An idle thread beyond the spares is ended after so long. */
const IDLE_MS = 30_000;
/** How long after a plugin's start its spare is replaced. */
const REFILL_MS = 20;

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

  let refilling: NodeJS.Timeout | undefined;

  function refill(): void {
    refilling = undefined;
    // As many at once as there shall be spares: those that are ready take one each, and a new thread each of the rest.
    if (piscina.idleThreads >= spares) return;
    for (let i = 0; i < spares; i++) piscina.run({ warm: true } satisfies ThreadTask).catch(() => {});
  }

  return {
    async run(task, kill) {
      // Later, and once for plugins that start together: making a thread takes both CPU and this thread's time.
      refilling ??= setTimeout(refill, REFILL_MS).unref();
      await piscina.run(task, { transferList: [task.port], signal: kill });
    },
    thread: (id) => piscina.threads.find(({ threadId }) => threadId === id),
    close() {
      clearTimeout(refilling);
      return piscina.destroy();
    },
  };
}
