import type { Limits, Usage } from "@sallyport/bus";
import type { PluginInfo, PluginState } from "../api.js";
import type { Plugin } from "../plugin.js";
import type { Latency } from "./histogram.js";
import type { HostMetrics } from "./host-metrics.js";

/** Everything that is counted, at one moment: a copy. */
export interface KernelMetrics {
  /** ms since 1970. */
  readonly at: number;
  readonly host: HostMetrics;
  readonly plugins: readonly PluginMetrics[];
}

/**
 * One plugin's figures since its load, over all its instances, counted by the host. The names in the tables are codes and
 * limits of ours, never a method, topic or code that a plugin made up, so there are never more of them than we have.
 */
export interface PluginMetrics {
  readonly name: string;
  readonly mode: string;
  readonly state: PluginState;
  /** The live instance, for people: each start has a new one. */
  readonly instance?: string;
  /** Calls into it that ended, and those of them that failed. */
  readonly calls: number;
  readonly errors: number;
  /** Failed calls by code; `plugin` stands for every code of the plugin's own. */
  readonly failures: Readonly<Record<string, number>>;
  /** Calls and events that it sent, refused ones too. */
  readonly sent: number;
  readonly denied: number;
  /** Events to it or from it that were dropped. */
  readonly dropped: number;
  /** How often it reached a limit. */
  readonly limited: Readonly<Partial<Record<keyof Limits, number>>>;
  readonly restarts: number;
  /** Ends that nobody asked for, by code. */
  readonly crashes: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly queued: number;
  readonly streams: number;
  /** Of the live instance, where its mode counts them. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly logLines: number;
  readonly logDropped: number;
  readonly latency: Latency;
  readonly usage?: Usage;
}

export function pluginMetrics(plugin: Plugin, info: PluginInfo): PluginMetrics {
  const { flow } = plugin;
  const { usage } = info;
  return {
    name: info.name, mode: info.mode, state: info.state,
    ...(info.instance !== undefined && { instance: info.instance }),
    calls: info.stats.calls, errors: info.stats.errors, denied: info.stats.denied, restarts: info.restarts,
    inFlight: info.stats.inFlight, queued: info.stats.queued,
    failures: Object.fromEntries(flow.failures), crashes: Object.fromEntries(flow.crashes),
    limited: Object.fromEntries(flow.reached),
    ...flow.counts,
    streams: flow.streams,
    latency: flow.latency.read(),
    ...(usage?.bytesIn !== undefined && { bytesIn: usage.bytesIn }),
    ...(usage?.bytesOut !== undefined && { bytesOut: usage.bytesOut }),
    ...(usage && { usage }),
  };
}
