import { fileURLToPath } from "node:url";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel, type KernelOptions, type LifecycleEvent, type LogEntry, type PluginSpec } from "@sallyport/kernel";

export const MODES = ["worker", "process", "stdio"] as const;
export const HARDENED = ["worker", "process"] as const;

export interface Running extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly life: LifecycleEvent[];
  readonly logs: LogEntry[];
}

/** A kernel with the modes that have a boundary, and one method of the host. */
export function running(options: Omit<KernelOptions, "adapters" | "hooks"> = {}): Running {
  const life: LifecycleEvent[] = [];
  const logs: LogEntry[] = [];
  const kernel = createKernel({ adapters: [worker(), processMode(), stdio()], hooks: { lifecycle: (event) => life.push(event), log: (entry) => logs.push(entry) }, ...options });
  kernel.provide("host.id", (params: unknown) => params);
  return { kernel, life, logs, [Symbol.asyncDispose]: () => kernel.close({ drainMs: 0 }) };
}

/** The plugin that sends what it is asked for, in this mode. */
export function flows(mode: string, spec: Partial<PluginSpec> = {}): PluginSpec {
  const file = mode === "stdio" ? "main.mjs" : "index.js";
  // Its kit lies outside of its folder, which a sandbox would close to it; what flows is the same without one.
  return { path: fileURLToPath(new URL(`fixtures/flows/${file}`, import.meta.url)), name: "flows", mode, sandbox: "none", grants: ["call:host.id"], ...spec };
}
