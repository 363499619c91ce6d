import type { PluginState, Usage } from "@sallyport/kernel";

/** What the kernel counts of one plugin. Totals are since its load. */
export interface PluginMetrics {
  readonly name: string;
  readonly mode: string;
  readonly state: PluginState | "quarantined";
  readonly instance?: string;
  readonly calls: number;
  readonly errors: number;
  readonly denied: number;
  readonly dropped: number;
  readonly restarts: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly logLines: number;
  readonly logDropped: number;
  readonly latency: {
    readonly count: number;
    readonly sumMs: number;
    readonly p50Ms: number;
    readonly p90Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
  };
  readonly usage?: Usage;
}

export interface KernelMetrics {
  readonly at: number;
  readonly host: Readonly<Record<string, unknown>>;
  readonly plugins: readonly PluginMetrics[];
}
