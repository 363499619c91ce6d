import type { Kernel, KernelMetrics, PluginInfo, PluginMetrics } from "@sallyport/kernel";

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
  /** What confines it: `strict`, `limits`, `none`. */
  readonly sandbox?: string;
  readonly health?: string;
  /** Nothing contains it. */
  readonly unsafe: boolean;
}

/** What a kernel may tell of a plugin beside the rest. */
type Facts = PluginInfo & { readonly health?: string; readonly confinement?: { readonly profile: string } };

export function snapshotOf(kernel: Kernel, { at, host, plugins }: KernelMetrics): Snapshot {
  const facts = new Map((kernel.list() as readonly Facts[]).map((info) => [info.name, info]));
  return {
    format: 1, at, pid: process.pid, host,
    plugins: plugins.map((plugin) => {
      const info = facts.get(plugin.name);
      return { ...plugin, unsafe: info?.unsafe ?? false, ...(info?.confinement && { sandbox: info.confinement.profile }), ...(info?.health !== undefined && { health: info.health }) };
    }),
  };
}
