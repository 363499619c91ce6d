import { createBridge, type Bridge, type BridgeOptions } from "@sallyport/bridge";
import { createKernel, type Adapter, type Kernel, type LogEntry } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import { onTestFinished } from "vitest";

export interface Bridged {
  readonly kernel: Kernel;
  /** Of the instances so far, the last one. */
  bridge(): Bridge;
  readonly logs: LogEntry[];
}

/** A kernel with one plugin, which an adapter of the test's own translates. */
export async function bridged(definition: PluginDefinition<never>, options: Partial<BridgeOptions> = {}, limits: Record<string, number> = {}): Promise<Bridged> {
  let last: Bridge | undefined;
  const logs: LogEntry[] = [];
  const adapter: Adapter = {
    mode: "bridged",
    traits: { memory: "shared", crash: "fatal", stop: "cooperative", authority: "ambient", copies: true, stops: "", costs: "" },
    entries: ["listed"],
    trust: "trusted",
    inspect: async () => ({ name: "fx", kind: "listed", root: "/", entry: "fx", manifest: undefined }),
    open: async (request, host) => (last = createBridge(definition, request, host, { label: "a test", copies: true, ...options })),
    enforcement: async () => ({ profile: "none", by: "nothing", guards: {}, remedies: [] }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const kernel = createKernel({ adapters: [adapter], hooks: { log: (entry) => logs.push(entry) } });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  await kernel.load({ path: "fx", mode: "bridged", trust: "trusted", grants: ["publish:**", "call:**"], limits });
  return { kernel, bridge: () => last as Bridge, logs };
}
