import type { LogLevel } from "@sallyport/bus";
import type { Log } from "./definition.js";

type Sink = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> | undefined) => void;

/** The `log` of a context: callable, with a function for each level. */
export function createLog(sink: Sink): Log {
  const at = (level: LogLevel) =>
    Object.freeze((message: string, fields?: Readonly<Record<string, unknown>>) => sink(level, String(message), fields));
  const log = (message: string, fields?: Readonly<Record<string, unknown>>): void => sink("info", String(message), fields);
  return Object.freeze(Object.assign(log, { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }));
}
