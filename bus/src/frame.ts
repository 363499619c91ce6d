import type { ErrorObject } from "./errors.js";
import type { WireLimits } from "./limits.js";
import type { SharedValue } from "./shared.js";
import { SallyportError } from "./errors.js";

/** One unit on a wire. `bus/PROTOCOL.md` has an example and the rules for each. */
export type Frame =
  | HelloFrame | RequestFrame | ResponseFrame | ErrorFrame | DataFrame | EndFrame | CreditFrame
  | ProgressFrame | CancelFrame | EventFrame | LogFrame | PingFrame | PongFrame | ByeFrame;

/** Carried by requests and events, copied from hop to hop. */
export interface Meta {
  /** W3C Trace Context; the host makes one where it is missing. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly tenant?: string;
  /** Idempotency key: the same key means the same intent. */
  readonly idem?: string;
}

export type CancelReason = "deadline" | "caller" | "shutdown" | "parent";
export type ByeReason = "shutdown" | "idle" | "reload" | "upgrade";
export type LogLevel = "debug" | "info" | "warn" | "error";
export type StreamDirection = "in" | "out" | "both";

/** A method as a hello announces it; a bare name is short for `{ name }`. */
export interface MethodInfo {
  readonly name: string;
  readonly stream?: StreamDirection;
  /** The same call made twice has the effect of one; failed calls of it are then retryable after a crash. */
  readonly idempotent?: boolean;
  /** The most that a call of it should take, ms; narrows the plugin's `deadlineMs`. */
  readonly timeout?: number;
}

export interface Warning { readonly code: string; readonly msg: string; readonly path?: string }
export interface Progress { readonly done: number; readonly total?: number; readonly note?: string }

const MAX_NAME_CHARS = 256;

/** Whether a frame can carry it as method or topic. What kind of name it may be is for the receiver to say. */
export function isName(text: unknown): text is string {
  return typeof text === "string" && text.length > 0 && text.length <= MAX_NAME_CHARS;
}

/** A plugin's hello. */
export interface GuestHello {
  readonly t: "hello";
  readonly name: string;
  readonly version: string;
  readonly methods: readonly (string | MethodInfo)[];
  readonly features?: readonly string[];
  readonly limits?: WireLimits;
  readonly needs?: readonly string[];
  /** Topic patterns it wants to hear; needs a `subscribe:` grant for each. */
  readonly events?: readonly string[];
  readonly provides?: Readonly<Record<string, string>>;
  readonly requires?: Readonly<Record<string, string>>;
  readonly sdk?: string;
}

/** The host's answer. */
export interface HostHello {
  readonly t: "hello";
  readonly host: string;
  readonly version: string;
  readonly proto: string;
  readonly features: readonly string[];
  readonly limits: WireLimits;
  readonly grants: readonly string[];
  readonly config: unknown;
  readonly instance: string;
}

export type HelloFrame = GuestHello | HostHello;
export interface RequestFrame {
  readonly t: "req"; readonly id: number; readonly m: string; readonly p: unknown;
  /** ms left. */
  readonly dl?: number;
  /** Credit for output items; absent: the caller takes no stream. */
  readonly cr?: number;
  /** An input stream follows. */
  readonly in?: true;
  /** Id of the request that this one serves; the host ends this call with that one. */
  readonly par?: number;
  readonly meta?: Meta;
}
export interface ResponseFrame { readonly t: "res"; readonly id: number; readonly r: unknown; readonly w?: readonly Warning[] }
export interface ErrorFrame { readonly t: "err"; readonly id: number; readonly e: ErrorObject }
export interface DataFrame { readonly t: "data"; readonly id: number; readonly d: unknown }
export interface EndFrame { readonly t: "end"; readonly id: number }
/** `id` 0 is the event channel. */
export interface CreditFrame { readonly t: "credit"; readonly id: number; readonly n: number }
export interface ProgressFrame { readonly t: "prog"; readonly id: number; readonly p: Progress }
export interface CancelFrame { readonly t: "cancel"; readonly id: number; readonly why: CancelReason }
export interface EventFrame {
  readonly t: "ev"; readonly m: string; readonly p: unknown; readonly meta?: Meta;
  /** `p` again, for encoders: an event to many is encoded once. Never on a wire. */
  readonly s?: SharedValue;
}
export interface LogFrame { readonly t: "log"; readonly lv: LogLevel; readonly msg: string; readonly f?: Readonly<Record<string, unknown>>; readonly id?: number }
export interface PingFrame { readonly t: "ping"; readonly n: number }
export interface PongFrame { readonly t: "pong"; readonly n: number }
export interface ByeFrame { readonly t: "bye"; readonly why: ByeReason | (string & {}); readonly ms?: number }

type Check = (f: Record<string, unknown>) => string | undefined;

const id: Check = (f) => (Number.isSafeInteger(f["id"]) && (f["id"] as number) > 0 ? undefined : "id: a positive integer");
const str = (key: string, max = 1024): Check => (f) => (typeof f[key] === "string" && f[key].length > 0 && f[key].length <= max ? undefined : `${key}: a string of 1 to ${max} characters`);
const has = (key: string): Check => (f) => (f[key] === undefined ? `${key}: a value` : undefined);
const optional = (key: string, type: "number" | "object", check?: (v: never) => boolean): Check => (f) =>
  f[key] === undefined || (typeof f[key] === type && f[key] !== null && (check?.(f[key] as never) ?? true)) ? undefined : `${key}: ${type === "number" ? "a positive integer" : "a map"}`;
const whole = (v: number): boolean => Number.isSafeInteger(v) && v >= 0;

/** Required fields of each type, in the order they are checked. Unknown keys are ignored. */
const CHECKS: Readonly<Record<Frame["t"], readonly Check[]>> = {
  hello: [],
  req: [id, str("m", MAX_NAME_CHARS), optional("dl", "number", whole), optional("cr", "number", whole), optional("par", "number", whole), optional("meta", "object")],
  res: [id],
  err: [id, optional("e", "object"), has("e")],
  data: [id],
  end: [id],
  credit: [(f) => (whole(f["id"] as number) ? undefined : "id: an integer of 0 or more"), (f) => (whole(f["n"] as number) && (f["n"] as number) > 0 ? undefined : "n: a positive integer")],
  prog: [id, optional("p", "object"), has("p")],
  // It is put into messages: an object there could not even be turned into text.
  cancel: [id, str("why", 64)],
  ev: [str("m", MAX_NAME_CHARS), optional("meta", "object")],
  log: [(f) => (typeof f["msg"] === "string" ? undefined : "msg: a string")],
  ping: [(f) => (whole(f["n"] as number) ? undefined : "n: an integer")],
  pong: [(f) => (whole(f["n"] as number) ? undefined : "n: an integer")],
  bye: [],
};

/**
 * A decoded value as a frame. `undefined`: a type from the future, to be ignored and counted.
 * Throws `protocol_violation` naming the frame and the field.
 */
export function readFrame(value: unknown): Frame | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw violation("a frame is a map", value);
  const frame = value as Record<string, unknown>;
  const type = frame["t"];
  if (typeof type !== "string") throw violation("a frame has a string 't'", value);
  if (!Object.hasOwn(CHECKS, type)) return undefined;
  for (const check of CHECKS[type as Frame["t"]]) {
    const expected = check(frame);
    if (expected !== undefined) throw violation(`frame '${type}' expects ${expected}`, value);
  }
  // Encoders call it: from a wire it can only be a forgery.
  if (type === "ev" && "s" in frame) delete frame["s"];
  return value as Frame;
}

function violation(what: string, got: unknown): SallyportError {
  return new SallyportError("protocol_violation", `${what}; got ${excerpt(got)}`);
}

/** The start of a value as JSON, for messages; never throws. */
export function excerpt(value: unknown, max = 80): string {
  let text: string;
  try {
    text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? String(item) : item)) ?? String(value);
  } catch {
    text = typeof value;
  }
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
