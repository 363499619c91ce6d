import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { excerpt } from "@sallyport/bus";
import type { JsonSchema } from "@sallyport/kernel";
import { pointerPart } from "./position.js";
import type { Problem } from "./problem.js";

/** What is wrong with a value; nothing when it is right. */
export type Validate = (value: unknown) => readonly Problem[];

/** What is made readable: the work grows with the square of it. */
const MAX_ERRORS = 500;

/**
 * A JSON Schema (2020-12) of our own as a check. Not for schemas of strangers. It is compiled by its first use, since that takes
 * tens of milliseconds and a host has more modes than it uses; that use throws at a keyword that is none. Whether the schema is
 * a valid one is not judged, which would double the time: a test does that for ours.
 */
export function compileSchema(schema: JsonSchema): Validate {
  let compiled: ValidateFunction | undefined;
  return (value) => {
    const check = (compiled ??= new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true, meta: false, validateSchema: false, code: { optimize: false } }).compile(schema));
    return check(value) ? [] : readable((check.errors ?? []).slice(0, MAX_ERRORS));
  };
}

/** A union reports every branch; only those of the branch that was meant help the reader. */
function readable(errors: readonly ErrorObject[]): Problem[] {
  const unions = errors.filter((e) => e.keyword === "anyOf" || e.keyword === "oneOf");
  const dropped = new Set<ErrorObject>(errors.filter((e) => e.keyword === "if" || e.keyword === "propertyNames"));
  const expected = new Map<ErrorObject, string>();
  for (const union of unions) {
    const types = errors.filter((e) => e.keyword === "type" && e.instancePath === union.instancePath);
    const within = errors.filter((e) => e !== union && !types.includes(e) && (e.instancePath === union.instancePath || e.instancePath.startsWith(`${union.instancePath}/`)));
    for (const type of types) dropped.add(type);
    if (within.length > 0) dropped.add(union);
    else expected.set(union, types.map((e) => article(String(e.params["type"]))).join(" or "));
  }
  const seen = new Set<string>();
  const out: Problem[] = [];
  for (const error of errors) {
    if (dropped.has(error)) continue;
    const problem = toProblem(error, expected.get(error));
    const identity = `${problem.pointer} ${problem.expected}`;
    if (!seen.has(identity)) out.push(problem);
    seen.add(identity);
  }
  return out;
}

function toProblem(error: ErrorObject, union: string | undefined): Problem {
  const { keyword, instancePath: pointer, params, data } = error;
  const owner = (error.parentSchema ?? {}) as { title?: string; properties?: Record<string, unknown> };
  switch (keyword) {
    case "required":
      return { pointer, expected: `the field "${params["missingProperty"]}"`, got: "none" };
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(params["additionalProperty"] ?? params["unevaluatedProperty"]);
      const known = Object.keys(owner.properties ?? {}).filter((key) => !key.startsWith("$"));
      return { pointer: pointer + pointerPart(name), key: true, expected: `one of the fields ${known.join(", ")}`, got: excerpt(name) };
    }
    case "type":
      return { pointer, expected: ([] as string[]).concat(params["type"] as string | string[]).map(article).join(" or "), got: shown(data) };
    case "enum":
      return { pointer, expected: `one of ${(params["allowedValues"] as unknown[]).map((v) => excerpt(v)).join(", ")}`, got: shown(data) };
    case "pattern": {
      const name = error.propertyName;
      return name === undefined
        ? { pointer, expected: owner.title ?? `text that matches ${params["pattern"]}`, got: shown(data) }
        : { pointer: pointer + pointerPart(name), key: true, expected: owner.title ?? `a name that matches ${params["pattern"]}`, got: excerpt(name) };
    }
    default:
      return { pointer, expected: union ?? owner.title ?? (error.message ?? keyword).replace(/^must (be )?/, ""), got: shown(data) };
  }
}

function article(type: string): string {
  return type === "null" ? type : `${/^[aio]/.test(type) ? "an" : "a"} ${type}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : excerpt(value);
}
