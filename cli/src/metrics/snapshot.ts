import type { Kernel, KernelMetrics, PluginInfo, PluginMetrics } from "@sallyport/kernel";
import { confinedBy } from "../confined.js";

/** What a host knew of its plugins at one moment: for a file, and for `sallyport top`. */
export interface Snapshot {
  /** Raised when a field changes its meaning. */
  readonly format: 1;
  /** ms since 1970. */
  readonly at: number;
  readonly pid: number;
  readonly host: KernelMetrics["host"];
  readonly plugins: readonly PluginSnapshot[];
}

export interface PluginSnapshot extends PluginMetrics {
  /** What keeps it in: `hardened`, `strict`, both, or nothing. */
  readonly confined?: string;
  readonly health?: PluginInfo["health"];
  /** Nothing contains it. */
  readonly unsafe: boolean;
}

export function snapshotOf(kernel: Kernel, { at, host, plugins }: KernelMetrics): Snapshot {
  const facts = new Map(kernel.list().map((info) => [info.name, info]));
  return {
    format: 1, at, pid: process.pid, host,
    plugins: plugins.map((plugin) => {
      const info = facts.get(plugin.name);
      const confined = info && confinedBy(info);
      return { ...plugin, unsafe: info?.unsafe ?? false, ...(confined !== undefined && { confined }), ...(info && { health: info.health }) };
    }),
  };
}
