import { createKernel, type Crossing, type Kernel, type KernelOptions, type LifecycleEvent, type LogEntry } from "@sallyport/kernel";
import type { SallyportError } from "@sallyport/bus";
import { afterEach } from "vitest";
import { memory, type MemoryAdapter, type Script } from "../kernel/memory-adapter.js";

let kernels: Kernel[] = [];

export interface Started {
  readonly k: Kernel;
  readonly adapter: MemoryAdapter;
  readonly life: LifecycleEvent[];
  readonly crossings: Crossing[];
  readonly logs: LogEntry[];
}

/** A kernel over scripts in memory, with all that it reports; closed after the test that calls it. */
export function start(scripts: Record<string, Script>, options: Partial<KernelOptions> = {}): Started {
  const adapter = memory(scripts);
  const [life, crossings, logs]: [LifecycleEvent[], Crossing[], LogEntry[]] = [[], [], []];
  const k = createKernel({ adapters: [adapter], graceMs: 50, hooks: { lifecycle: (event) => life.push(event), crossing: (record) => crossings.push(record), log: (entry) => logs.push(entry) }, ...options });
  kernels.push(k);
  return { k, adapter, life, crossings, logs };
}

afterEach(async () => {
  const all = kernels;
  kernels = [];
  await Promise.all(all.map((kernel) => kernel.close({ drainMs: 0 })));
});

/** A plugin that makes the call it is told to: `NAME.do` with { method, params, own } makes it for its caller, or with `own` as its own doing. */
export function deputy(name: string): Script {
  return {
    hello: { methods: [`${name}.do`] },
    request(call, guest) {
      const { method, params = null, own = false } = call.params as { method: string; params?: unknown; own?: boolean };
      return guest.peer.request(method, params, own ? {} : { parent: call }).result;
    },
  };
}

export function codeOf(thrown: unknown): string {
  return (thrown as SallyportError).code;
}

/** What a call ends with: its value, or the code of its error. */
export function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch(codeOf);
}
