import { fileURLToPath } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Crossing, type Kernel, type KernelOptions, type LifecycleEvent, type LogEntry } from "@sallyport/kernel";
import { onTestFinished } from "vitest";
import { CODECS } from "../languages/build.js";

export const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
export const repository = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export interface Host { readonly kernel: Kernel; readonly life: LifecycleEvent[]; readonly crossings: Crossing[]; readonly logs: LogEntry[] }

/** A kernel with every mode, and all that it reports; closed with the test. */
export function host(options: Partial<KernelOptions> & { readonly listed?: Parameters<typeof inline>[0] } = {}): Host {
  const { listed, ...rest } = options;
  const [life, crossings, logs]: [LifecycleEvent[], Crossing[], LogEntry[]] = [[], [], []];
  const kernel = createKernel({
    adapters: [inline(listed ?? {}), worker(), processMode(), stdio({ codecs: CODECS })],
    hooks: { lifecycle: (event) => life.push(event), crossing: (record) => crossings.push(record), log: (entry) => logs.push(entry) },
    ...rest,
  });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  return { kernel, life, crossings, logs };
}
