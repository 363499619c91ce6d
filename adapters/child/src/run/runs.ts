import type { Usage } from "@sallyport/bus";
import { createFamilies, type Families } from "../proc/families.js";
import type { Command } from "../options.js";
import { startRun, type Run, type RunOptions } from "./run.js";

/** The programs that one plugin runs, one after the other and side by side. */
export interface Runs {
  /** Rejects `spawn_failed`, or with the signal's reason, leaving nothing running. */
  start(command: Command, options: RunOptions): Promise<Run>;
  /** What those use that run now, with the CPU time of those that ended, as far as they were looked at. */
  usage(): Promise<Usage>;
  /** Ends all of them; none is started after it. */
  end(): Promise<void>;
}

export function createRuns(families: Families = createFamilies()): Runs {
  const live = new Map<Run, Usage>();
  /** Of those that ended. */
  let cpuMs = 0;
  let bytesIn = 0;
  let bytesOut = 0;
  let over = false;

  return {
    async start(command, options) {
      const run = await startRun(command, options, families);
      live.set(run, {});
      void run.ended.then(async () => {
        cpuMs += live.get(run)?.cpuMs ?? 0;
        live.delete(run);
        const last = await run.usage();
        bytesIn += last.bytesIn ?? 0;
        bytesOut += last.bytesOut ?? 0;
      });
      if (over || options.signal.aborted) {
        run.kill();
        await run.ended;
        options.signal.throwIfAborted();
      }
      return run;
    },
    async usage() {
      await Promise.all([...live.keys()].map(async (run) => {
        const usage = await run.usage();
        if (live.has(run)) live.set(run, usage);
      }));
      const each = [...live.values()];
      const total = (of: (usage: Usage) => number | undefined): number => each.reduce((sum, usage) => sum + (of(usage) ?? 0), 0);
      return {
        cpuMs: cpuMs + total((usage) => usage.cpuMs),
        memoryBytes: total((usage) => usage.memoryBytes),
        processes: total((usage) => usage.processes),
        descriptors: Math.max(0, ...each.map((usage) => usage.descriptors ?? 0)),
        bytesIn: bytesIn + total((usage) => usage.bytesIn),
        bytesOut: bytesOut + total((usage) => usage.bytesOut),
      };
    },
    async end() {
      over = true;
      const all = [...live.keys()];
      for (const run of all) run.kill();
      await Promise.all(all.map((run) => run.ended));
    },
  };
}
