import { SallyportError } from "./errors.js";

/**
 * What may cross a boundary, equal in every codec: plain data, copied.
 * Integers outside the safe range are `bigint` (int64), bytes are `Uint8Array`, timestamps are `Date`.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Date | readonly Value[] | { readonly [key: string]: Value | undefined };

/** Deepest nesting of a payload or frame; the same bound that the decoder's structural check applies. */
export const MAX_DEPTH = 64;
/** Most items (values, keys, elements) in one frame; bounds what a small frame can blow up to in memory. */
export const MAX_NODES = 100_000;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Throws `bad_value` naming the path when `value` is not in the data model. A property whose value is
 * `undefined` is left out by every encoder, as JSON does; anywhere else `undefined` is refused.
 */
export function assertValue(value: unknown, where = "value"): asserts value is Value {
  const budget = { nodes: MAX_NODES };
  check(value, where, MAX_DEPTH, budget);
}

function check(value: unknown, path: string, depth: number, budget: { nodes: number }): void {
  if (--budget.nodes < 0) throw bad(path, `has more than ${MAX_NODES} items`);
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) throw bad(path, `is ${value}, which no codec can carry`);
      return;
    case "bigint":
      if (value < INT64_MIN || value > INT64_MAX) throw bad(path, "is an integer beyond 64 bits");
      return;
    case "object":
      if (value === null) return;
      if (depth === 0) throw bad(path, `is nested deeper than ${MAX_DEPTH}`);
      return checkObject(value, path, depth, budget);
    default:
      throw bad(path, `is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`);
  }
}

function checkObject(value: object, path: string, depth: number, budget: { nodes: number }): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, depth - 1, budget);
    return;
  }
  if (value instanceof Uint8Array) return;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw bad(path, "is an invalid Date");
    return;
  }
  const proto: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has a prototype whose own prototype is null.
  if (proto !== null && proto !== Object.prototype && Object.getPrototypeOf(proto) !== null) {
    throw bad(path, `is a ${(value.constructor as { name?: string } | undefined)?.name ?? "class instance"}`);
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__") throw bad(path, "has a key named __proto__");
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) check(item, `${path}.${key}`, depth - 1, budget);
  }
}

function bad(path: string, what: string): SallyportError {
  return new SallyportError("bad_value", `${path} ${what}`, { path });
}
