import { codeOfBounds, type FrameBounds } from "../bounds.js";
import type { Code } from "../codes.js";
import { SallyportError } from "../errors.js";
import { isWellFormed, MAX_NUMBER_INT, TIME_MAX_MS, TIME_MIN_MS } from "../value.js";
import { fromBase64, toBase64 } from "./base64.js";

/** Writes a value that `inspectValue` passed and that holds something JSON has no spelling for. */
export function writeJson(value: unknown): string {
  switch (typeof value) {
    case "number":
      // The exponent keeps `1e20` a float: bare digits beyond 2^53 are refused by every reader.
      return Math.abs(value) > MAX_NUMBER_INT ? value.toExponential() : JSON.stringify(value);
    case "bigint":
      return value > MAX_NUMBER_INT || value < -MAX_NUMBER_INT ? `{"$int":"${value}"}` : String(value);
    case "object":
      return value === null ? "null" : writeObject(value);
    default:
      return JSON.stringify(value) ?? "null";
  }
}

function writeObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (value instanceof Uint8Array) return `{"$bytes":"${toBase64(value)}"}`;
  if (value instanceof Date) return `{"$time":"${value.toISOString()}"}`;
  const parts: string[] = [];
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) parts.push(`${JSON.stringify(key.startsWith("$") ? `$${key}` : key)}:${writeJson(item)}`);
  }
  return `{${parts.join(",")}}`;
}

/** Undoes the `$` spellings in a parsed text, and makes the checks that need values. Throws `protocol_violation`, `frame_too_complex`. */
export function reviveJson(value: unknown, bounds: FrameBounds): unknown {
  return revive(value, bounds.depth, { nodes: bounds.items, bounds });
}

interface Budget { nodes: number; readonly bounds: FrameBounds }

function revive(value: unknown, depth: number, budget: Budget): unknown {
  if (--budget.nodes < 0) throw bad(`the frame has more than ${budget.bounds.items} items`, codeOfBounds(budget.bounds, "protocol_violation"));
  if (typeof value === "string") {
    if (!isWellFormed(value)) throw bad("a string holds half of a surrogate pair");
    return value;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw bad("a number is beyond what a 64-bit float holds");
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  const only = keys.length === 1 ? (keys[0] as string) : "";
  if (!Array.isArray(value) && only.startsWith("$") && !only.startsWith("$$")) return reviveSpelling(only, (value as Record<string, unknown>)[only]);
  if (depth === 0) throw bad(`the frame is nested deeper than ${budget.bounds.depth}`, codeOfBounds(budget.bounds, "protocol_violation"));
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = revive(value[i], depth - 1, budget);
    return value;
  }
  const out: Record<string, unknown> = {};
  for (const key of keys) out[reviveKey(key)] = revive((value as Record<string, unknown>)[key], depth - 1, budget);
  return out;
}

function reviveKey(key: string): string {
  if (key === "__proto__") throw bad("a key is named __proto__");
  if (!isWellFormed(key)) throw bad("a key holds half of a surrogate pair");
  if (!key.startsWith("$")) return key;
  if (!key.startsWith("$$")) throw bad(`the key '${key.slice(0, 32)}' is reserved: write a key that begins with $ with one more $`);
  return key.slice(1);
}

const INT = /^-?(0|[1-9][0-9]{0,18})$/;
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;

function reviveSpelling(key: string, text: unknown): unknown {
  if (typeof text === "string") {
    if (key === "$bytes") return fromBase64(text);
    if (key === "$int" && INT.test(text)) return integer(BigInt(text));
    if (key === "$time" && TIME.test(text)) return time(text);
  }
  throw bad(`{"${key.slice(0, 32)}": …} is not a spelling of bytes ($bytes, base64), an integer ($int) or a time ($time, RFC 3339); write a key that begins with $ with one more $`);
}

function integer(value: bigint): number | bigint {
  if (BigInt.asIntN(64, value) !== value) throw bad("a $int is beyond 64 bits");
  return value <= MAX_NUMBER_INT && value >= -MAX_NUMBER_INT ? Number(value) : value;
}

function time(text: string): Date {
  const date = new Date(text.toUpperCase());
  const ms = date.getTime();
  if (Number.isNaN(ms) || ms < TIME_MIN_MS || ms > TIME_MAX_MS) throw bad(`the $time '${text}' is no moment in the years 0000 to 9999`);
  return date;
}

function bad(what: string, code: Code = "protocol_violation"): SallyportError {
  return new SallyportError(code, what);
}
