import { codeOfBounds, MAX_DEPTH, MAX_NODES, type FrameBounds } from "./bounds.js";
import { SallyportError } from "./errors.js";

/**
 * What may cross a boundary, equal in every codec: plain data, copied.
 * Integers outside the safe range are `bigint` (int64), bytes are `Uint8Array`, timestamps are `Date`.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Date | readonly Value[] | { readonly [key: string]: Value | undefined };

/** Integers up to this magnitude are `number`, beyond it `bigint`, in every codec. */
export const MAX_NUMBER_INT = 2 ** 53;
/** RFC 3339 has years 0000 to 9999; a timestamp outside them is refused in both codecs alike. */
export const TIME_MIN_MS = -62_167_219_200_000;
export const TIME_MAX_MS = 253_402_300_799_999;

/** What an encoder has to know before it writes: bits of `inspectValue`'s result. 0 means plain JSON as it is. */
export const KIND = {
  undefinedProperty: 1, dollarKey: 2, bytes: 4, time: 8, bigint: 16,
  /** An integer that needs more than 32 bits, up to 2^53. */
  wideInteger: 32,
  /** A float of integral value beyond 2^53, where digits alone would read as an integer. */
  hugeFloat: 64,
} as const;

export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/**
 * Throws `bad_value` naming the path when `value` is not in the data model. A property whose value is
 * `undefined` is left out by every encoder, as JSON does; anywhere else `undefined` is refused.
 */
export function assertValue(value: unknown, where = "value"): asserts value is Value {
  inspectValue(value, where);
}

/** `assertValue` that also tells which kinds it met, so that an encoder walks special values twice and plain ones once. */
export function inspectValue(value: unknown, where = "value", bounds?: FrameBounds): number {
  const survey: Survey = { nodes: bounds?.items ?? MAX_NODES, kinds: 0, bounds };
  try {
    check(value, bounds?.depth ?? MAX_DEPTH, survey);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const path = where + error.path;
    throw new SallyportError(error.complex ? codeOfBounds(bounds, "bad_value") : "bad_value", `${path} ${error.message}`, { path });
  }
  return survey.kinds;
}

interface Survey { nodes: number; kinds: number; readonly bounds: FrameBounds | undefined }

/** The path grows on the way out: building one for every value on the way in took half the time of an encode. */
class Refusal extends Error {
  path = "";
  readonly complex: boolean;
  constructor(message: string, complex = false) {
    super(message);
    this.complex = complex;
  }
}

/** False for half of a surrogate pair, which no UTF-8 can carry. */
export function isWellFormed(text: string): boolean {
  // In every engine we run on, but not yet in the ES2023 library types.
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

function check(value: unknown, depth: number, survey: Survey): void {
  if (--survey.nodes < 0) throw new Refusal(`has more than ${survey.bounds?.items ?? MAX_NODES} items`, true);
  switch (typeof value) {
    case "string":
      if (!isWellFormed(value)) throw new Refusal("holds half of a surrogate pair, which is not text");
      return;
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) throw new Refusal(`is ${value}, which no codec can carry`);
      if ((value > 0xffff_ffff || value < -0x8000_0000) && Number.isInteger(value)) {
        survey.kinds |= Math.abs(value) > MAX_NUMBER_INT ? KIND.hugeFloat : KIND.wideInteger;
      }
      return;
    case "bigint":
      if (value < INT64_MIN || value > INT64_MAX) throw new Refusal("is an integer beyond 64 bits");
      survey.kinds |= KIND.bigint;
      return;
    case "object":
      if (value === null) return;
      return checkObject(value, depth, survey);
    default:
      throw new Refusal(`is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`);
  }
}

function checkObject(value: object, depth: number, survey: Survey): void {
  if (value instanceof Uint8Array) {
    survey.kinds |= KIND.bytes;
    return;
  }
  if (value instanceof Date) return checkTime(value, survey);
  if (depth === 0) throw new Refusal(`is nested deeper than ${survey.bounds?.depth ?? MAX_DEPTH}`, true);
  if (Array.isArray(value)) return checkArray(value, depth, survey);
  const proto: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has a prototype whose own prototype is null.
  if (proto !== null && proto !== Object.prototype && Object.getPrototypeOf(proto) !== null) {
    throw new Refusal(`is a ${(value.constructor as { name?: string } | undefined)?.name ?? "class instance"}`);
  }
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item === undefined) {
      survey.kinds |= KIND.undefinedProperty;
      continue;
    }
    if (key === "__proto__") throw new Refusal("has a key named __proto__");
    if (!isWellFormed(key)) throw new Refusal("has a key with half of a surrogate pair, which is not text");
    if (key.charCodeAt(0) === 0x24) survey.kinds |= KIND.dollarKey;
    try {
      check(item, depth - 1, survey);
    } catch (error) {
      if (error instanceof Refusal) error.path = `.${key}${error.path}`;
      throw error;
    }
  }
}

function checkArray(value: readonly unknown[], depth: number, survey: Survey): void {
  let i = 0;
  try {
    for (; i < value.length; i++) check(value[i], depth - 1, survey);
  } catch (error) {
    if (error instanceof Refusal) error.path = `[${i}]${error.path}`;
    throw error;
  }
}

function checkTime(value: Date, survey: Survey): void {
  const ms = value.getTime();
  if (Number.isNaN(ms)) throw new Refusal("is an invalid Date");
  if (ms < TIME_MIN_MS || ms > TIME_MAX_MS) throw new Refusal("is a Date outside the years 0000 to 9999");
  survey.kinds |= KIND.time;
}
