import { isCode, type Crash, type ErrorObject } from "@sallyport/bus";
import type { Colors } from "../terminal.js";
import { plainText } from "./value.js";

/** Lines of stderr that are worth reading without asking for more. */
const STDERR_LINES = 10;

/** An error for a person: what happened, where, what to do about it, and what the plugin last said. */
export function renderError(error: ErrorObject, colors: Colors): string {
  const lines = [`${colors.red(colors.bold(plainText(error.code)))} ${plainText(error.msg)}`];
  const field = (name: string, text: string | undefined): void => {
    if (text !== undefined && text !== "") lines.push(`  ${colors.dim(name.padEnd(6))} ${plainText(text).replaceAll("\n", "\n         ")}`);
  };
  field("where", where(error));
  field("at", error.at);
  if (error.crash !== undefined) field("crash", crashText(error.crash));
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) field("cause", `${cause.code} ${cause.msg}`);
  field("data", error.data === undefined ? undefined : excerptOf(error.data));
  if (error.retryAfterMs !== undefined) field("retry", `after ${error.retryAfterMs} ms`);
  field("fix", error.help);
  field("help", error.url ?? (isCode(error.code) ? `ERRORS.md#${error.code} in @sallyport/bus` : undefined));
  field("stack", error.stack);
  const tail = error.crash?.stderrTail ?? [];
  if (tail.length > 0) {
    lines.push(`  ${colors.dim("stderr")} last ${Math.min(tail.length, STDERR_LINES)} of ${tail.length} lines:`);
    for (const line of tail.slice(-STDERR_LINES)) lines.push(`         ${colors.dim("|")} ${plainText(line)}`);
  }
  return lines.join("\n");
}

function where(error: ErrorObject): string {
  return [
    error.plugin !== undefined && `plugin ${error.plugin}`,
    error.method !== undefined && `method ${error.method}`,
    error.path !== undefined && `field ${error.path}`,
  ].filter((part) => part !== false).join(", ");
}

function crashText(crash: Crash): string {
  return [
    crash.exitCode !== undefined && `exit code ${crash.exitCode}`,
    crash.signal !== undefined && `ended by ${crash.signal}`,
    crash.oom === true && "probably out of memory",
    crash.profile !== undefined && `profile ${crash.profile}`,
    crash.instance,
    crash.inFlight !== undefined && `${crash.inFlight} calls open`,
    crash.restarts !== undefined && `${crash.restarts} crashes lately`,
  ].filter((part) => typeof part === "string").join(", ");
}

function excerptOf(data: unknown): string | undefined {
  // What a manifest or config reader attaches repeats its message.
  if (typeof data === "object" && data !== null && "problems" in data) return undefined;
  const text = JSON.stringify(data, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
