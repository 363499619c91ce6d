import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { openMetrics, type Kernel } from "@sallyport/kernel";
import { jsonBeside, METRICS_EVERY_MS, type MetricsConfig } from "./options.js";
import { prometheusText } from "./prometheus.js";
import { snapshotOf } from "./snapshot.js";

/** Writes snapshots until it is disposed; the last one then. */
export interface MetricsFile extends AsyncDisposable {
  /** Why the last one was not written; `undefined`: it was. */
  readonly failure: string | undefined;
}

/** The group may read: a node exporter runs as a user of its own, and is let in by the folder's group. */
const MODE = 0o640;

export function writeMetrics(kernel: Kernel, { file, everyMs = METRICS_EVERY_MS }: MetricsConfig, report: (message: string) => void): MetricsFile {
  let failure: string | undefined;
  let under: Promise<void> | undefined;

  async function write(): Promise<void> {
    try {
      const metrics = await kernel.metrics();
      await replace(file, prometheusText(openMetrics(metrics)));
      await replace(jsonBeside(file), `${JSON.stringify(snapshotOf(kernel, metrics))}\n`);
      failure = undefined;
    } catch (cause) {
      const now = cause instanceof Error ? cause.message : String(cause);
      if (failure === undefined) report(`the metrics ${file} cannot be written: ${now}`);
      failure = now;
    } finally {
      under = undefined;
    }
  }
  const next = (): Promise<void> => (under ??= write());
  const timer = setInterval(() => void next(), everyMs).unref();
  void next();
  return {
    get failure() {
      return failure;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await under;
      await next();
    },
  };
}

/** Whoever reads sees the one before or this one. The new name is made up, so that no link that waits there is followed. */
async function replace(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(fresh, "wx", MODE);
    try {
      // Whatever the umask says.
      await handle.chmod(MODE);
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
