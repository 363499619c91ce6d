import type { KernelMetrics, PluginMetrics } from "./metrics.js";

/** `Content-Type` of what `openMetrics` writes. */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
type Samples = readonly (readonly [suffix: string, labels: Labels, value: number | undefined])[];
type Kind = "counter" | "gauge" | "stateset" | "summary";

const STATES = ["idle", "starting", "ready", "backoff", "broken", "quarantined", "draining", "stopped"];

/**
 * The figures as OpenMetrics 1.0 text, for Prometheus and others that read it. Label values are names from the config, modes,
 * codes and limits. Written here: the libraries for it count by themselves and cannot be handed what was counted before.
 */
export function openMetrics({ host, plugins }: KernelMetrics): string {
  const out: string[] = [];
  const family = (name: string, kind: Kind | "histogram", help: string, samples: Samples): void => {
    const present = samples.filter(([, , value]) => value !== undefined);
    if (present.length === 0) return;
    const unit = /_(bytes|seconds)$/.exec(name)?.[1];
    out.push(`# TYPE ${name} ${kind}`, ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]), `# HELP ${name} ${escaped(help)}`);
    for (const [suffix, labels, value] of present) out.push(`${name}${suffix}${labelText(labels)} ${value}`);
  };
  const each = (name: string, kind: "counter" | "gauge", help: string, read: (plugin: PluginMetrics) => number | undefined): void =>
    family(name, kind, help, plugins.map((plugin) => [kind === "counter" ? "_total" : "", of(plugin), read(plugin)]));
  const table = (name: string, label: string, help: string, read: (plugin: PluginMetrics) => Readonly<Record<string, number | undefined>>): void =>
    family(name, "counter", help, plugins.flatMap((plugin) => Object.entries(read(plugin)).map(([key, value]) => ["_total", { plugin: plugin.name, [label]: key }, value] as const)));

  family("sallyport_host_heap_bytes", "gauge", "JavaScript heap of the host in use.", [["", {}, host.heapBytes]]);
  family("sallyport_host_resident_bytes", "gauge", "Resident memory of the host's process.", [["", {}, host.residentBytes]]);
  family("sallyport_host_loop_delay_seconds", "summary", "How late the host's event loop came around since the last reading.", [
    ["", { quantile: "0.5" }, seconds(host.loopDelay?.p50Ms)], ["", { quantile: "0.99" }, seconds(host.loopDelay?.p99Ms)], ["", { quantile: "1.0" }, seconds(host.loopDelay?.maxMs)],
  ]);
  family("sallyport_plugin_state", "stateset", "Where a plugin is in its life.", plugins.flatMap((plugin) =>
    STATES.map((state) => ["", { plugin: plugin.name, sallyport_plugin_state: state }, Number(plugin.state === state)] as const)));
  each("sallyport_calls", "counter", "Calls into a plugin that ended.", (plugin) => plugin.calls);
  table("sallyport_failed_calls", "code", "Calls into a plugin that failed.", (plugin) => plugin.failures);
  family("sallyport_call_duration_seconds", "histogram", "From the admission of a call to its end.", plugins.flatMap(durations));
  each("sallyport_calls_in_flight", "gauge", "Calls open in a plugin.", (plugin) => plugin.inFlight);
  each("sallyport_calls_queued", "gauge", "Calls that wait for a place in a plugin.", (plugin) => plugin.queued);
  each("sallyport_streams_open", "gauge", "Streams open with a plugin.", (plugin) => plugin.streams);
  each("sallyport_sent", "counter", "Calls and events that a plugin sent.", (plugin) => plugin.sent);
  each("sallyport_denied", "counter", "What a plugin asked for without a grant.", (plugin) => plugin.denied);
  each("sallyport_events_dropped", "counter", "Events to or from a plugin that were dropped.", (plugin) => plugin.dropped);
  table("sallyport_limits_reached", "limit", "How often a plugin reached a limit.", (plugin) => plugin.limited);
  each("sallyport_restarts", "counter", "Restarts of a plugin.", (plugin) => plugin.restarts);
  table("sallyport_crashes", "code", "Ends of a plugin's instances that nobody asked for.", (plugin) => plugin.crashes);
  each("sallyport_log_lines", "counter", "Lines of a plugin's log and output that were kept.", (plugin) => plugin.logLines);
  each("sallyport_log_lines_dropped", "counter", "Lines of a plugin's log and output that were dropped.", (plugin) => plugin.logDropped);
  each("sallyport_received_bytes", "counter", "Bytes that the live instance of a plugin sent.", (plugin) => plugin.bytesIn);
  each("sallyport_sent_bytes", "counter", "Bytes that were sent to the live instance of a plugin.", (plugin) => plugin.bytesOut);
  each("sallyport_cpu_seconds", "counter", "CPU time of the live instance of a plugin.", (plugin) => seconds(plugin.usage?.cpuMs));
  each("sallyport_memory_bytes", "gauge", "Memory of the live instance of a plugin.", (plugin) => plugin.usage?.memoryBytes);
  each("sallyport_descriptors", "gauge", "Descriptors that the live instance of a plugin has open.", (plugin) => plugin.usage?.descriptors);
  each("sallyport_processes", "gauge", "Processes and threads of the live instance of a plugin.", (plugin) => plugin.usage?.processes);
  out.push("# EOF", "");
  return out.join("\n");
}

function of({ name, mode }: PluginMetrics): Labels {
  return { plugin: name, mode };
}

function durations(plugin: PluginMetrics): Samples {
  const { buckets, count, sumMs } = plugin.latency;
  return [
    ...buckets.map((bucket) => ["_bucket", { ...of(plugin), le: canonical(bucket.leMs / 1000) }, bucket.count] as const),
    ["_bucket", { ...of(plugin), le: "+Inf" }, count],
    ["_count", of(plugin), count],
    ["_sum", of(plugin), sumMs / 1000],
  ];
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}

/** A border as every writer spells it, since it is a part of the series' name: a whole number has a `.0`, an exponent two digits. */
function canonical(value: number): string {
  if (Number.isInteger(value)) return `${value}.0`;
  const text = value < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
