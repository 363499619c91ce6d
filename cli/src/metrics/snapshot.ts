import type { Kernel, PluginInfo } from "@sallyport/kernel";
import type { KernelMetrics, PluginMetrics } from "./types.js";

/** What a host knew of its plugins at one moment: for a file, and for `sallyport top`. */
export interface Snapshot {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  readonly atMs: number;
  readonly pid: number;
  readonly plugins: readonly PluginSnapshot[];
}

export interface PluginSnapshot extends PluginMetrics {
  /** What confines it: `strict`, `limits`, `none`. */
  readonly sandbox?: string;
  readonly health?: string;
  /** Nothing contains it. */
  readonly unsafe: boolean;
}

/** What the parts of the kernel that are told apart by their version may add to a plugin's facts. */
type Facts = PluginInfo & { readonly health?: string; readonly confinement?: { readonly profile: string } };
type Measured = Kernel & { metrics?(): Promise<KernelMetrics> };

export async function takeMetrics(kernel: Kernel): Promise<KernelMetrics> {
  const measured = await (kernel as Measured).metrics?.();
  return measured ?? { at: Date.now(), host: {}, plugins: kernel.list().map(countsOf) };
}

export function snapshotOf(kernel: Kernel, metrics: KernelMetrics): Snapshot {
  const facts = new Map((kernel.list() as readonly Facts[]).map((info) => [info.name, info]));
  return {
    format: 1, atMs: metrics.at, pid: process.pid,
    plugins: metrics.plugins.map((plugin) => {
      const info = facts.get(plugin.name);
      return { ...plugin, unsafe: info?.unsafe ?? false, ...(info?.confinement && { sandbox: info.confinement.profile }), ...(info?.health !== undefined && { health: info.health }) };
    }),
  };
}

function countsOf({ name, mode, state, instance, restarts, stats }: PluginInfo): PluginMetrics {
  const { calls, errors, denied, inFlight, queued, busyMs } = stats;
  return {
    name, mode, state, ...(instance !== undefined && { instance }), calls, errors, denied, restarts, inFlight, queued,
    dropped: 0, logLines: 0, logDropped: 0,
    latency: { count: calls, sumMs: busyMs, p50Ms: NaN, p90Ms: NaN, p99Ms: NaN, maxMs: NaN, buckets: [] },
  };
}
