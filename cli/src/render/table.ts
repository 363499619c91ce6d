import Table from "cli-table3";
import { LIMIT_NAMES, type Limits } from "@sallyport/bus";
import type { MethodEntry, PluginInfo } from "@sallyport/kernel";
import type { Colors } from "../terminal.js";
import { plainText } from "./value.js";

/** No borders: columns that a person reads and `awk` can cut. */
const BORDERLESS = {
  top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "",
  left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "  ",
};

export function renderPlugins(plugins: readonly PluginInfo[], colors: Colors): string {
  return table(["plugin", "mode", "state", "methods", "grants", "denied", "limits", ""], plugins.map((plugin) => [
    colors.bold(plugin.name) + (plugin.version === undefined ? "" : `\n${colors.dim(plainText(plugin.version))}`),
    plugin.mode,
    plugin.state,
    lines(plugin.methods.map((method) => method.name)),
    lines(plugin.grants),
    colors.yellow(lines(plugin.denied)),
    limitsText(plugin.limits),
    plugin.unsafe ? colors.red("unsafe") : "",
  ]), colors);
}

export function renderApi(methods: readonly MethodEntry[], colors: Colors): string {
  return table(["method", "provider", "stream", "about"], methods.map((method) => [
    colors.bold(plainText(method.name)),
    method.provider,
    plainText(String(method.stream ?? "")),
    plainText([method.idempotent === true && "idempotent", method.timeout !== undefined && `at most ${method.timeout} ms`, method.description].filter((part) => typeof part === "string").join("; ")),
  ]), colors);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[], colors: Colors, aligns: readonly ("left" | "right")[] = []): string {
  const grid = new Table({ colAligns: [...aligns], chars: BORDERLESS, style: { head: [], border: [], "padding-left": 0, "padding-right": 0 }, head: head.map((name) => colors.dim(name)) });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().split("\n").map((line) => line.trimEnd()).filter((line) => line !== "").join("\n");
}

function lines(texts: readonly string[]): string {
  return texts.length === 0 ? "-" : texts.map(plainText).join("\n");
}

const UNITS: Readonly<Record<keyof Limits, string>> = {
  memoryMb: "MiB", cpuSeconds: "s of CPU", cpuPercent: "% of a CPU", descriptors: "descriptors", processes: "processes", fileMb: "MiB a file", diskMb: "MiB of disk",
  frameBytes: "bytes a frame", frameItems: "values a frame", frameDepth: "deep", inflight: "in flight", queue: "queued", outgoing: "outgoing",
  callsPerSecond: "calls/s", bytesPerSecond: "bytes/s", streams: "streams", subscriptions: "subscriptions", timers: "timers", logLines: "log lines/s",
  deadlineMs: "ms a call", credit: "items of credit", events: "events",
};

function limitsText(limits: Limits): string {
  return LIMIT_NAMES.map((name) => `${limits[name]} ${UNITS[name]}`).join("\n");
}
