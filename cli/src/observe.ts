import type { Hooks, Kernel } from "@sallyport/kernel";
import { createAudit, type Audit } from "./audit/audit.js";
import type { AuditConfig } from "./audit/options.js";
import { composeHooks } from "./hooks.js";
import { writeMetrics } from "./metrics/metrics-file.js";
import type { MetricsConfig } from "./metrics/options.js";

export interface ObserveOptions {
  readonly audit?: AuditConfig | undefined;
  readonly metrics?: MetricsConfig | undefined;
  readonly hooks: readonly Hooks[];
}

/** Who looks on while a kernel runs. */
export interface Observers {
  /** For `createKernel`. */
  readonly hooks: Hooks;
  /** The same kernel, which tells the audit what it loads and ends with its observers. */
  around(kernel: Kernel): Kernel;
}

/** Opens the audit, where there is one. Throws what `createAudit` throws. */
export function observe({ audit: config, metrics, hooks }: ObserveOptions): Observers {
  const told = composeHooks(...hooks);
  const tell = (level: "error" | "info", message: string): void => told.log?.({ at: Date.now(), plugin: "host", instance: "host", level, message, from: "log" });
  const audit: Audit | undefined = config && createAudit({ ...config, report: ({ level, message }) => tell(level, message) });
  let around: Kernel | undefined;
  /** Another mode holds it otherwise: what it may and what holds it is written down again. */
  const moved = (plugin: string): void => {
    const info = around?.list().find(({ name }) => name === plugin);
    if (info !== undefined) audit?.loaded(info);
  };
  return {
    hooks: audit === undefined ? told : composeHooks(audit.hooks, { lifecycle: ({ event, plugin }) => event === "moved" && setImmediate(moved, plugin) }, told),
    around(kernel) {
      around = kernel;
      if (audit === undefined && metrics === undefined) return kernel;
      const written = metrics && writeMetrics(kernel, metrics, (message) => tell("error", message));
      let closed: Promise<void> | undefined;
      const observed: Kernel = {
        ...kernel,
        async load(spec) {
          audit?.assertWritable();
          const info = await kernel.load(spec);
          audit?.loaded(info);
          return info;
        },
        close(options) {
          closed ??= (async () => {
            await kernel.close(options);
            await written?.[Symbol.asyncDispose]();
            await audit?.[Symbol.asyncDispose]();
          })();
          return closed;
        },
        [Symbol.asyncDispose]: () => observed.close(),
      };
      return observed;
    },
  };
}
