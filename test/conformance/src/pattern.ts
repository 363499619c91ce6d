/**
 * Wildcards are maps with the key `?`, so that cases stay plain data. Where a pattern has none, values are
 * compared exactly: kind, value, and all keys.
 */
export type Wildcard =
  | { readonly "?": "any" | "string" | "list" | "absent" }
  | { readonly "?": "integer"; readonly min?: number; readonly max?: number }
  | { readonly "?": "oneOf"; readonly of: readonly unknown[] }
  /** A map that has at least these fields. */
  | { readonly "?": "having"; readonly fields: Readonly<Record<string, unknown>> }
  /** A list with at least these elements, in any order. */
  | { readonly "?": "including"; readonly items: readonly unknown[] }
  /** `x` repeated; also stands for itself in frames that are sent. */
  | { readonly "?": "text"; readonly length: number };

export const any: Wildcard = { "?": "any" };
export const string: Wildcard = { "?": "string" };
export const list: Wildcard = { "?": "list" };
export const absent: Wildcard = { "?": "absent" };
export const integer = (min?: number, max?: number): Wildcard => ({ "?": "integer", ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
export const oneOf = (...of: readonly unknown[]): Wildcard => ({ "?": "oneOf", of });
export const having = (fields: Readonly<Record<string, unknown>>): Wildcard => ({ "?": "having", fields });
export const including = (...items: readonly unknown[]): Wildcard => ({ "?": "including", items });
export const text = (length: number): Wildcard => ({ "?": "text", length });

type Plain = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
}

function isWildcard(value: unknown): value is Wildcard {
  return isMap(value) && typeof value["?"] === "string";
}

/** A frame to send, with its `text` wildcards written out. Copies, so that cases cannot be changed by a run. */
export function fill(pattern: unknown): unknown {
  if (isWildcard(pattern)) return pattern["?"] === "text" ? "x".repeat(pattern.length) : pattern;
  if (Array.isArray(pattern)) return pattern.map(fill);
  if (!isMap(pattern)) return pattern;
  return Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, fill(value)]));
}

/** `undefined`: `value` matches. Otherwise what was expected at which path, and what is there. */
export function mismatch(pattern: unknown, value: unknown, path = "value"): string | undefined {
  if (isWildcard(pattern)) return wildcard(pattern, value, path);
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return expected(path, "a list", value);
    if (value.length !== pattern.length) return expected(path, `${pattern.length} elements`, value);
    return first(pattern.map((item, index) => mismatch(item, value[index], `${path}[${index}]`)));
  }
  if (isMap(pattern)) {
    if (!isMap(value)) return expected(path, "a map", value);
    const surplus = Object.keys(value).find((key) => value[key] !== undefined && !Object.hasOwn(pattern, key));
    return fields(pattern, value, path) ?? (surplus === undefined ? undefined : `${path}.${surplus}: nobody expects this key`);
  }
  return same(pattern, value) ? undefined : expected(path, show(pattern), value);
}

/** Like `mismatch` of maps, but keys that the pattern does not name are free. */
export function fields(pattern: Plain, value: Plain, path: string): string | undefined {
  return first(Object.entries(pattern).map(([key, item]) => mismatch(item, value[key], `${path}.${key}`)));
}

function wildcard(pattern: Wildcard, value: unknown, path: string): string | undefined {
  switch (pattern["?"]) {
    case "any":
      return value === undefined ? expected(path, "a value", value) : undefined;
    case "absent":
      return value === undefined ? undefined : expected(path, "nothing", value);
    case "string":
      return typeof value === "string" && value !== "" ? undefined : expected(path, "a string that is not empty", value);
    case "list":
      return Array.isArray(value) ? undefined : expected(path, "a list", value);
    case "integer": {
      const { min = -Infinity, max = Infinity } = pattern;
      return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? undefined : expected(path, `an integer from ${min} to ${max}`, value);
    }
    case "oneOf":
      return pattern.of.some((choice) => mismatch(choice, value) === undefined) ? undefined : expected(path, `one of ${pattern.of.map(show).join(", ")}`, value);
    case "having":
      return isMap(value) ? fields(pattern.fields, value, path) : expected(path, "a map", value);
    case "including":
      if (!Array.isArray(value)) return expected(path, "a list", value);
      return first(pattern.items.map((item) => (value.some((element) => mismatch(item, element) === undefined) ? undefined : expected(path, `an element ${show(item)}`, value))));
    case "text":
      return value === "x".repeat(pattern.length) ? undefined : expected(path, `'x' ${pattern.length} times`, value);
  }
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length === b.length && a.every((byte, index) => byte === b[index]);
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  return a === b;
}

function first(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

function expected(path: string, what: string, value: unknown): string {
  return `${path}: expected ${what}, got ${show(value)}`;
}

/** A value for people, cut at 120 characters. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "bigint") return `${item}n`;
    return item instanceof Uint8Array ? `${item.length} bytes` : item;
  });
  return json.length > 120 ? `${json.slice(0, 119)}…` : json;
}
