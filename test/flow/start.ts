import { createKernel, type Crossing, type Kernel, type KernelOptions, type LifecycleEvent, type LogEntry } from "@sallyport/kernel";
import { afterEach } from "vitest";
import { memory, type MemoryAdapter, type Script } from "../kernel/memory-adapter.js";

export interface Started {
  readonly k: Kernel;
  readonly adapter: MemoryAdapter;
  readonly life: LifecycleEvent[];
  readonly logs: LogEntry[];
  readonly crossings: Crossing[];
}

let started: Started | undefined;

/** A kernel over scripts in memory, with all that its hooks were told; closed after the test that calls it. */
export function start(scripts: Record<string, Script>, options: Omit<KernelOptions, "adapters" | "hooks"> = {}): Started {
  const adapter = memory(scripts);
  const life: LifecycleEvent[] = [];
  const logs: LogEntry[] = [];
  const crossings: Crossing[] = [];
  const hooks = { lifecycle: (event: LifecycleEvent) => life.push(event), log: (entry: LogEntry) => logs.push(entry), crossing: (record: Crossing) => crossings.push(record) };
  const k = createKernel({ adapters: [adapter], graceMs: 50, hooks, ...options });
  started = { k, adapter, life, logs, crossings };
  return started;
}

afterEach(async () => {
  // What a test left open would be waited for.
  for (const guest of started?.adapter.opened ?? []) guest.crash();
  await started?.k.close({ drainMs: 0 });
  started = undefined;
});

export async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
