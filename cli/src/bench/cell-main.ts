// The process that measures one mode: started by fork-cell.ts, which sends the job.
import process from "node:process";
import { toErrorObject } from "@sallyport/bus";
import type { Job, Outcome } from "./job.js";
import { measure } from "./measure.js";

/** A plugin that does not let itself be ended must not keep an orphan. */
const LAST_MS = 3000;

async function run(job: Job): Promise<void> {
  const orphaned = new AbortController();
  process.once("disconnect", () => {
    orphaned.abort();
    setTimeout(() => process.exit(1), LAST_MS).unref();
  });
  const outcome = await measure(job, orphaned.signal).then(
    ({ figures, calls }): Outcome => ({ state: "measured", figures, calls }),
    (error: unknown): Outcome => ({ state: "failed", error: toErrorObject(error) }),
  );
  if (process.connected) process.send?.(outcome, () => process.disconnect());
}

process.once("message", (job) => void run(job as Job));
