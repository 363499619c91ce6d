import { DEFAULT_LIMITS, LIMIT_NAMES, type Limits } from "@sallyport/bus";
import type { PluginInfo } from "@sallyport/kernel";
import { confinedBy } from "../confined.js";
import type { Colors } from "../terminal.js";
import { table } from "./table.js";
import { wrap } from "./text.js";
import { plainText } from "./value.js";

const INDENT = 15;

/** A line for each plugin, then what each offers, may do and was denied. */
export function renderPlugins(plugins: readonly PluginInfo[], colors: Colors, columns: number): string {
  const overview = table(["plugin", "version", "mode", "trust", "state", "health", "confined", ""], plugins.map((plugin) => [
    colors.bold(plugin.name), plainText(plugin.version ?? "-"), plugin.mode, plugin.trust,
    plugin.state === "ready" || plugin.state === "idle" ? plugin.state : colors.red(plugin.state),
    plugin.health === "unresponsive" ? colors.red(plugin.health) : plugin.health === "unknown" ? "-" : plugin.health,
    confinedBy(plugin) ?? "-",
    plugin.unsafe ? colors.red("unsafe") : "",
  ]), colors);
  return [overview, ...plugins.map((plugin) => details(plugin, colors, columns))].join("\n\n");
}

function details(plugin: PluginInfo, colors: Colors, columns: number): string {
  const { name, instance, label, methods, events, grants, denied, limits, confinement, permissions } = plugin;
  const opened = Object.entries(permissions).flatMap(([kind, list]: readonly [string, readonly string[]]) => list.map((each) => `${kind}:${each}`));
  const rows: readonly (readonly [string, readonly string[], ((text: string) => string)?])[] = [
    ["instance", [instance, label].filter((part) => part !== undefined)],
    ["confined by", confinement === undefined || confinement.by === "nothing" ? [] : [confinement.by]],
    ["methods", methods.map((method) => method.name)],
    ["hears", events],
    ["grants", grants],
    ["permissions", opened],
    ["denied", denied, colors.yellow],
    ["limits", limitTexts(limits)],
  ];
  const shown = rows.filter(([, list]) => list.length > 0).map(([head, list, paint = (text) => text]) => `  ${colors.dim(head.padEnd(INDENT - 2))}${paint(wrap(list.map(unbroken).join(", "), columns, INDENT).replaceAll(SPACE, " "))}`);
  return [colors.bold(name), ...shown].join("\n");
}

/** Stands for a space inside an item while lines are broken between items; no text of a plugin holds it after `plainText`. */
const SPACE = "\u0000";

function unbroken(text: string): string {
  return plainText(text).replaceAll(" ", SPACE);
}

const UNITS: Readonly<Record<keyof Limits, string>> = {
  memoryMb: "MiB", cpuSeconds: "s of CPU", cpuPercent: "% of a CPU", descriptors: "descriptors", processes: "processes", fileMb: "MiB a file", diskMb: "MiB of disk",
  frameBytes: "bytes a frame", frameItems: "values a frame", frameDepth: "deep", inflight: "in flight", queue: "queued", outgoing: "outgoing",
  callsPerSecond: "calls/s", bytesPerSecond: "bytes/s", streams: "streams", subscriptions: "subscriptions", timers: "timers", logLines: "log lines/s",
  deadlineMs: "ms a call", credit: "items of credit", events: "events",
};

/** Those that are not the usual ones. */
function limitTexts(limits: Limits): readonly string[] {
  const own = LIMIT_NAMES.filter((name) => limits[name] !== DEFAULT_LIMITS[name]).map((name) => `${limits[name]} ${UNITS[name]}`);
  return own.length === LIMIT_NAMES.length ? own : [...own, own.length === 0 ? "the usual ones" : "otherwise the usual ones"];
}
