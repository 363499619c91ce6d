import type { LogLevel } from "@sallyport/bus";
import type { Endowment } from "./endowment.js";

/** Most characters of one message: a log is for people. */
const MAX_CHARS = 8192;
const LEVELS: Readonly<Record<string, LogLevel>> = { debug: "debug", trace: "debug", log: "info", info: "info", warn: "warn", error: "error" };

/** A console whose lines become log frames. Not Node's: its `inspect` would run guest code with host objects. */
export function consoleOf(write: (level: LogLevel, message: string) => void): Endowment {
  let ended = false;
  const methods = Object.entries(LEVELS).map(([name, level]) => [
    name,
    (...args: unknown[]) => {
      if (!ended) write(level, args.map(show).join(" ").slice(0, MAX_CHARS));
    },
  ]);
  return {
    globals: { console: Object.fromEntries(methods) },
    end() {
      ended = true;
    },
  };
}

function show(value: unknown): string {
  try {
    if (typeof value === "string") return value;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (typeof value === "object" && value !== null) {
      return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `${item}n` : item)) ?? Object.prototype.toString.call(value);
    }
    return String(value);
  } catch {
    return "(a value that cannot be shown)";
  }
}
