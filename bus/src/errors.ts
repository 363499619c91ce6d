import { CODES, isCode, isPluginCode, type Code } from "./codes.js";
import type { Usage } from "./usage.js";

/** How a plugin instance ended; attached to `plugin_crashed` and its kin. Never sent to another plugin. */
export interface Crash {
  readonly exitCode?: number;
  readonly signal?: string;
  /** A guess from exit code, signal and last output: `true` means "probably ran out of memory". */
  readonly oom?: boolean;
  /** The last lines that the plugin wrote to stderr, oldest first; at most 50. */
  readonly stderrTail?: readonly string[];
  readonly instance?: string;
  /** The sandbox profile that it ran under. */
  readonly profile?: string;
  /** Calls that were open when it ended. */
  readonly inFlight?: number;
  /** Crashes of this plugin so far within the breaker's window. */
  readonly restarts?: number;
  /** What it had used when it was last looked at. */
  readonly usage?: Usage;
}

/** The error object as it crosses a wire. Only `code` and `msg` are required. */
export interface ErrorObject {
  readonly code: string;
  readonly msg: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly data?: unknown;
  /** What to do about it, in a sentence. */
  readonly help?: string;
  readonly url?: string;
  /** The field the error is about, for example `params.amount`. */
  readonly path?: string;
  readonly cause?: ErrorObject;
  /** Present only when the host asked for stacks (feature `stack`). */
  readonly stack?: string;
  /** The author's own source position, `src/index.ts:12:9`, relative to the plugin's folder. */
  readonly at?: string;
  /** Who reported it. Set by the host; what a plugin writes here is overwritten. */
  readonly source?: "plugin" | "host" | "transport";
  readonly plugin?: string;
  readonly method?: string;
  readonly crash?: Crash;
}

export type ErrorDetails = Partial<Omit<ErrorObject, "code" | "msg" | "cause">> & { readonly cause?: unknown };

const BRAND = Symbol.for("sallyport.error");

/** Every failure that Sallyport reports, in every mode. Branch on `code`, never on text. */
export class SallyportError extends Error implements Omit<ErrorObject, "msg" | "cause" | "stack"> {
  readonly code: string;
  /** Whether the same call may succeed if it is made again. */
  readonly retryable: boolean;
  readonly help: string;
  declare readonly retryAfterMs?: number;
  declare readonly data?: unknown;
  declare readonly url?: string;
  declare readonly path?: string;
  declare readonly at?: string;
  declare readonly source?: "plugin" | "host" | "transport";
  declare readonly plugin?: string;
  declare readonly method?: string;
  declare readonly crash?: Crash;

  constructor(code: Code | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const known = isCode(code) ? CODES[code] : undefined;
    Object.defineProperty(this, "name", { value: "SallyportError", configurable: true, writable: true });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
    this.retryable = details.retryable ?? known?.retryable ?? false;
    this.help = details.help ?? known?.help ?? "";
    for (const key of COPIED) {
      if (details[key] !== undefined) (this as Record<string, unknown>)[key] = details[key];
    }
    // The remote's stack, when it was asked for, is worth more than the place where the host rebuilt the error.
    if (details.stack !== undefined) Object.defineProperty(this, "stack", { value: details.stack, configurable: true, writable: true });
  }

  /** The wire form; `stack` only on request. */
  toJSON(): ErrorObject {
    return toErrorObject(this);
  }
}

const COPIED = ["retryAfterMs", "data", "url", "path", "at", "source", "plugin", "method", "crash"] as const;

/** True for a SallyportError of any realm or copy of this package. */
export function isSallyportError(value: unknown): value is SallyportError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * Anything thrown, as an error object. A thrown object with a string `code` of the closed set (or a plugin's
 * own `name.code`) keeps it; everything else is `internal`.
 */
export function toErrorObject(thrown: unknown, options: { stack?: boolean; depth?: number } = {}): ErrorObject {
  const depth = options.depth ?? 4;
  if (typeof thrown !== "object" || thrown === null) return { code: "internal", msg: text(thrown) };
  const from = thrown as Partial<Record<keyof ErrorObject | "message" | "cause", unknown>>;
  const code = typeof from.code === "string" && (isCode(from.code) || isPluginCode(from.code)) ? from.code : "internal";
  const out: Record<string, unknown> = { code, msg: text(from.message ?? from.msg ?? "an error without a message") };
  if (typeof from.retryable === "boolean") out["retryable"] = from.retryable;
  if (typeof from.help === "string" && from.help !== "") out["help"] = from.help;
  for (const key of COPIED) if (from[key] !== undefined) out[key] = from[key];
  if (from.cause !== undefined && depth > 0) out["cause"] = toErrorObject(from.cause, { ...options, depth: depth - 1 });
  if (options.stack === true && typeof from.stack === "string") out["stack"] = from.stack;
  return out as unknown as ErrorObject;
}

/** The reverse: an error to throw, from an error object that was checked by `readErrorObject`. */
export function fromErrorObject(error: ErrorObject): SallyportError {
  const { code, msg, cause, ...details } = error;
  return new SallyportError(code, msg, { ...details, ...(cause && { cause: fromErrorObject(cause) }) });
}

/**
 * An error object as a peer sent it: unknown fields dropped, wrong types dropped, host-only codes and fields
 * refused. A plugin cannot forge a crash, a timeout or another plugin's identity.
 * `trusted`: it came from the host, whose codes stand.
 */
export function readErrorObject(value: unknown, options: { readonly trusted?: boolean; readonly depth?: number } = {}): ErrorObject {
  const { trusted = false, depth = 4 } = options;
  if (typeof value !== "object" || value === null) return { code: "internal", msg: "the error was not an object" };
  const from = value as Record<string, unknown>;
  const claimed = typeof from["code"] === "string" ? from["code"] : "";
  const msg = typeof from["msg"] === "string" ? from["msg"] : "an error without a message";
  const allowed = isPluginCode(claimed) || (isCode(claimed) && (trusted || !CODES[claimed].hostOnly));
  const out: Record<string, unknown> = allowed
    ? { code: claimed, msg }
    : { code: "internal", msg, help: `The plugin reported the code '${claimed.slice(0, 64)}', which only the host may use or which does not exist.` };
  for (const key of ["help", "url", "path", "stack", "at"] as const) {
    if (typeof from[key] === "string" && out[key] === undefined) out[key] = from[key];
  }
  if (typeof from["retryable"] === "boolean") out["retryable"] = from["retryable"];
  if (typeof from["retryAfterMs"] === "number") out["retryAfterMs"] = from["retryAfterMs"];
  if (from["data"] !== undefined) out["data"] = from["data"];
  if (from["cause"] !== undefined && depth > 0) out["cause"] = readErrorObject(from["cause"], { trusted, depth: depth - 1 });
  return out as unknown as ErrorObject;
}

function text(value: unknown): string {
  try {
    return typeof value === "string" ? value : String(value);
  } catch {
    return "a thrown value that cannot be shown";
  }
}
