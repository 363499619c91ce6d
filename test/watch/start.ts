import { createKernel, type Adapter, type Kernel, type KernelOptions, type LifecycleEvent } from "@sallyport/kernel";
import { onTestFinished, vi } from "vitest";
import { memory, type MemoryAdapter, type Script } from "../kernel/memory-adapter.js";

export interface Started {
  readonly k: Kernel;
  readonly life: LifecycleEvent[];
  /** How often the event was told. */
  count(event: LifecycleEvent["event"]): number;
}

/** A kernel that is closed when the test is over, with what it reports. */
function startKernel(adapter: Adapter, options: Partial<KernelOptions> = {}): Started {
  const life: LifecycleEvent[] = [];
  const k = createKernel({ graceMs: 50, ...options, adapters: [adapter], hooks: { lifecycle: (event) => life.push(event) } });
  onTestFinished(async () => {
    const closing = k.close({ drainMs: 0 });
    if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(60_000);
    await closing;
  });
  return { k, life, count: (event) => life.filter((one) => one.event === event).length };
}

export function startScripts(scripts: Record<string, Script>, options: Partial<KernelOptions> = {}): Started & { readonly adapter: MemoryAdapter } {
  const adapter = memory(scripts);
  return { ...startKernel(adapter, options), adapter };
}

/** Time that only the test moves, for a kernel made after this. */
export function virtualTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

export async function until(condition: () => boolean, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
