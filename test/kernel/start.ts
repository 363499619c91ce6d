import { createKernel, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { afterEach } from "vitest";
import { memory, type MemoryAdapter, type Script } from "./memory-adapter.js";

let kernel: Kernel | undefined;

/** A kernel over scripts in memory, with what it reports; closed after the test that calls it. */
export function start(scripts: Record<string, Script>): { k: Kernel; adapter: MemoryAdapter; life: LifecycleEvent[] } {
  const adapter = memory(scripts);
  const life: LifecycleEvent[] = [];
  kernel = createKernel({ adapters: [adapter], graceMs: 50, hooks: { lifecycle: (event) => life.push(event) } });
  return { k: kernel, adapter, life };
}

afterEach(async () => {
  await kernel?.close({ drainMs: 0 });
  kernel = undefined;
});
