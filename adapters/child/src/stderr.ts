import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import type { LogLevel } from "@sallyport/bus";

const LINE_BYTES = 8 << 10;
const TAIL_LINES = 50;
/** Longest line of the crash report, characters. */
const TAIL_CHARS = 1000;
const WINDOW_MS = 1000;
const WINDOW_LINES = 200;
const WINDOW_BYTES = 256 << 10;

export interface StderrLog {
  /** The last lines, oldest first, at most 50. */
  tail(): readonly string[];
  /** Reports what is left and stops. */
  stop(): void;
}

export interface OutputLog extends StderrLog {
  push(chunk: Uint8Array): void;
}

/**
 * stderr by line into the host's log. Always read, so that the plugin never blocks on it; logged at most 200
 * lines and 256 KiB a second, the rest counted. The last lines are kept whatever is dropped, since they say
 * why a plugin died.
 */
export function readStderr(stderr: Readable, log: (level: LogLevel, text: string) => void, dropping?: (lines: number) => void): StderrLog {
  const lines = createLog(log, dropping);
  stderr.on("data", (chunk: Uint8Array) => lines.push(chunk));
  return lines;
}

/** The same for output that comes in another way. */
export function createLog(log: (level: LogLevel, text: string) => void, dropping?: (lines: number) => void): OutputLog {
  const decoder = new StringDecoder("utf8");
  let tail: string[] = [];
  let partial = "";
  /** The line under way was cut: the rest of it is skipped. */
  let cut = false;
  let lines = 0;
  let bytes = 0;
  let dropped = 0;
  let stopped = false;
  let window: NodeJS.Timeout | undefined;

  const closeWindow = (): void => {
    window = undefined;
    lines = 0;
    bytes = 0;
    if (dropped > 0) dropping?.(dropped);
    if (dropped > 0) log("warn", `${dropped} lines on stderr were dropped: more than ${WINDOW_LINES} in a second`);
    dropped = 0;
  };
  const keep = (line: string): void => {
    tail.push(line.slice(0, TAIL_CHARS));
    if (tail.length > 2 * TAIL_LINES) tail = tail.slice(-TAIL_LINES);
  };
  const emit = (raw: string): void => {
    const line = printable(raw.endsWith("\r") ? raw.slice(0, -1) : raw);
    if (line.trim() === "") return;
    keep(line);
    window ??= setTimeout(closeWindow, WINDOW_MS).unref();
    if (++lines > WINDOW_LINES) return void dropped++;
    const { level, text } = parseLogLine(line);
    // Once more: JSON can spell what was taken out.
    log(level, printable(text));
  };
  const split = (text: string): void => {
    const parts = (partial + text).split("\n");
    partial = parts.pop() ?? "";
    for (const part of parts) {
      if (cut) cut = false;
      else emit(part.length > LINE_BYTES ? `${part.slice(0, LINE_BYTES)}…` : part);
    }
    if (partial.length <= LINE_BYTES) return;
    if (!cut) emit(`${partial.slice(0, LINE_BYTES)}…`);
    cut = true;
    partial = "";
  };
  /** In a flood only the end of each chunk is looked at. */
  const skim = (chunk: Uint8Array): void => {
    dropped += countLines(chunk);
    const end = Buffer.from(chunk.subarray(-LINE_BYTES)).toString("utf8").split("\n").slice(-TAIL_LINES);
    for (const line of end) if (line.trim() !== "") keep(printable(line));
    partial = "";
    cut = false;
  };
  return {
    push(chunk) {
      if (stopped) return;
      bytes += chunk.byteLength;
      if (bytes > WINDOW_BYTES) skim(chunk);
      else split(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
    },
    tail: () => tail.slice(-TAIL_LINES),
    stop() {
      if (stopped) return;
      if (partial !== "" && !cut) emit(partial);
      clearTimeout(window);
      closeWindow();
      stopped = true;
    },
  };
}

/** A log line of a plugin reaches a terminal in the end: no escape sequences, no control characters. */
function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex
  return stripVTControlCharacters(line).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

function countLines(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: "debug", debug: "debug", info: "info", notice: "info", warn: "warn", warning: "warn", error: "error", err: "error", fatal: "error", critical: "error", panic: "error",
};

/** A line's level and text: JSON with `msg` or `@message` (hclog, pino, zap), `[warn] text`, or plain text. */
export function parseLogLine(line: string): { readonly level: LogLevel; readonly text: string } {
  const prefix = /^\s*\[([A-Za-z]+)\]:?\s*(.*)$/.exec(line);
  const level = prefix?.[1] === undefined ? undefined : levelOf(prefix[1]);
  if (level !== undefined) return { level, text: prefix?.[2] ?? "" };
  return (line.startsWith("{") && parseJsonLine(line)) || { level: "info", text: line };
}

function parseJsonLine(line: string): { level: LogLevel; text: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { msg, "@message": hclog, level, lvl, "@level": hclogLevel, "@timestamp": _at, time: _time, ...fields } = value as Record<string, unknown>;
  const text = typeof msg === "string" ? msg : hclog;
  if (typeof text !== "string") return undefined;
  const rest = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  return { level: levelOf(level ?? lvl ?? hclogLevel) ?? "info", text: text + rest };
}

function levelOf(name: unknown): LogLevel | undefined {
  // pino counts: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
  if (typeof name === "number") return name < 30 ? "debug" : name < 40 ? "info" : name < 50 ? "warn" : "error";
  const key = typeof name === "string" ? name.toLowerCase() : "";
  return Object.hasOwn(LEVELS, key) ? LEVELS[key] : undefined;
}
