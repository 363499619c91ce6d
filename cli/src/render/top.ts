import type { Rated } from "../metrics/rates.js";
import type { Snapshot } from "../metrics/snapshot.js";
import type { Colors } from "../terminal.js";
import { table } from "./table.js";
import { bytesText, durationText, numberText } from "./text.js";
import { plainText } from "./value.js";

export interface TopView {
  readonly snapshot: Snapshot;
  readonly plugins: readonly Rated[];
  /** What plugins said lately, the newest last. */
  readonly said: readonly string[];
  /** Something to know of the source. */
  readonly remark?: string;
}

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

interface Column {
  readonly head: string;
  readonly isText?: boolean;
  /** The highest go first where room is short. */
  readonly rank: number;
  text(plugin: Rated): string;
  paint?(plugin: Rated, colors: Colors, text: string): string;
}

const GAP = 2;

const COLUMNS: readonly Column[] = [
  { head: "plugin", isText: true, rank: 0, text: (plugin) => plainText(plugin.name), paint: (_plugin, colors, text) => colors.bold(text) },
  { head: "state", isText: true, rank: 0, text: stateOf, paint: (plugin, colors, text) => (stateOf(plugin) === "ready" ? colors.green(text) : stateOf(plugin) === "idle" ? text : colors.red(text)) },
  { head: "cpu %", rank: 1, text: ({ rates }) => number(rates.cpuPercent) },
  { head: "memory", rank: 1, text: ({ usage }) => (usage?.memoryBytes === undefined ? "-" : bytesText(usage.memoryBytes)) },
  { head: "calls/s", rank: 1, text: ({ rates }) => number(rates.callsPerSecond) },
  { head: "p50", rank: 5, text: ({ latency }) => (latency.count === 0 ? "-" : durationText(latency.p50Ms * 1000)) },
  { head: "p99", rank: 2, text: ({ latency }) => (latency.count === 0 ? "-" : durationText(latency.p99Ms * 1000)) },
  { head: "open", rank: 3, text: ({ inFlight }) => number(inFlight) },
  { head: "queue", rank: 3, text: ({ queued }) => number(queued) },
  { head: "errors", rank: 2, text: ({ errors }) => number(errors), paint: ({ errors }, colors, text) => (errors > 0 ? colors.yellow(text) : text) },
  { head: "denied", rank: 6, text: ({ denied }) => number(denied), paint: ({ denied }, colors, text) => (denied > 0 ? colors.yellow(text) : text) },
  { head: "in/s", rank: 8, text: ({ rates }) => bytes(rates.bytesInPerSecond) },
  { head: "out/s", rank: 8, text: ({ rates }) => bytes(rates.bytesOutPerSecond) },
  { head: "restarts", rank: 6, text: ({ restarts }) => number(restarts), paint: ({ restarts }, colors, text) => (restarts > 0 ? colors.yellow(text) : text) },
  { head: "mode", isText: true, rank: 4, text: ({ mode }) => plainText(mode) },
  { head: "confined", isText: true, rank: 3, text: ({ confined, unsafe }) => (unsafe ? "unsafe" : plainText(confined?.split(", ").at(-1) ?? "-")), paint: ({ unsafe }, colors, text) => (unsafe ? colors.red(text) : text) },
];

/** A table of what fits into `room`; all of it where there is no such bound. */
export function renderTop({ snapshot, plugins, said, remark }: TopView, room: Room | undefined, colors: Colors): string {
  const sorted = plugins.toSorted((a, b) => (b.rates.cpuPercent ?? 0) - (a.rates.cpuPercent ?? 0) || (b.rates.callsPerSecond ?? 0) - (a.rates.callsPerSecond ?? 0) || (a.name < b.name ? -1 : 1));
  const rows = room === undefined ? sorted : sorted.slice(0, Math.max(1, room.rows - 4 - said.length));
  const columns = fitting(rows, room?.columns);
  const gone = COLUMNS.filter((column) => !columns.includes(column)).map((column) => column.head);
  const { host, pid } = snapshot;
  const title = `${colors.bold("sallyport")} ${new Date(snapshot.at).toISOString().slice(11, 19)} UTC, pid ${pid}, ${plugins.length} ${plugins.length === 1 ? "plugin" : "plugins"}, host ${bytesText(host.residentBytes)}`;
  const aside = [rows.length < sorted.length ? `${sorted.length - rows.length} more plugins` : "", gone.length > 0 ? `for a wider terminal: ${gone.join(", ")}` : ""].filter((text) => text !== "").join("; ");
  const lines = table(columns.map((column) => column.head), rows.map((plugin) => columns.map((column) => painted(column, plugin, colors))), colors, columns.map((column) => (column.isText === true ? "left" : "right")));
  return [title, ...(remark === undefined ? [] : [colors.yellow(remark)]), lines, ...(aside === "" ? [] : [colors.dim(aside)]), ...said.map((line) => clipped(line, room?.columns))].join("\n");
}

function fitting(rows: readonly Rated[], width: number | undefined): readonly Column[] {
  let columns = COLUMNS;
  if (width === undefined) return columns;
  const widthOf = (column: Column): number => Math.max(column.head.length, ...rows.map((plugin) => column.text(plugin).length));
  const total = (): number => columns.reduce((sum, column) => sum + widthOf(column) + GAP, -GAP);
  while (total() > width && columns.length > 2) {
    const rank = Math.max(...columns.map((column) => column.rank));
    const last = columns.findLastIndex((column) => column.rank === rank);
    columns = columns.toSpliced(last, 1);
  }
  return columns;
}

function painted(column: Column, plugin: Rated, colors: Colors): string {
  const text = column.text(plugin);
  return column.paint?.(plugin, colors, text) ?? text;
}

function stateOf({ state, health }: Rated): string {
  return health === "unresponsive" ? "hangs" : plainText(state);
}

function number(value: number | undefined): string {
  return value === undefined ? "-" : numberText(value < 100 ? Math.round(value * 10) / 10 : Math.round(value), 15);
}

function bytes(value: number | undefined): string {
  return value === undefined ? "-" : bytesText(value);
}

function clipped(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}
