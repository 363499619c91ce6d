import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
import { SallyportError } from "@sallyport/bus";
import type { JsonSchema } from "./manifest.js";

/** Throws `invalid_argument` with the path of the first field that does not fit. */
export type Check = (value: unknown) => void;

const MAX_SCHEMA_NODES = 1000;
const MAX_SCHEMA_DEPTH = 32;
const MAX_UNIQUE_ITEMS = 1000;
/** What comparing all items with each other counts for, in nodes. */
const UNIQUE_NODES = 250;
/** Steps that the patterns of one schema may take in one check, instructions times characters: about half a second. */
const MAX_PATTERN_STEPS = 2e7;
/** Keywords under which the keys are the author's own names, each with a schema. */
const NAMED = new Set(["properties", "patternProperties", "$defs", "dependentSchemas"]);
/** References make a check exponential in a few lines; a plugin's schema is written out instead. */
const REFUSED = new Set(["$ref", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "$async", "__proto__"]);

/**
 * Compiles a payload schema (2020-12). Schemas come from plugins nobody has reviewed, so that checking is bounded:
 * no references, at most 1000 nodes (values of an `enum` count), patterns by RE2 (linear time) and a bounded number
 * of steps, `uniqueItems` only with `maxItems` up to 1000.
 * `format` is an annotation. Throws `invalid_argument` naming the place.
 * @param where `params of fx.convert`, for messages
 * @param root `params`, the first part of paths
 */
export function compileSchema(schema: JsonSchema, where: string, root: string): Check {
  bounded(schema, { where, path: "", depth: 0, names: false, data: false }, { nodes: MAX_SCHEMA_NODES });
  const meter = { steps: 0 };
  let validate: ValidateFunction;
  try {
    if (judge.validateSchema(schema) !== true) throw new Error(judge.errorsText(judge.errors, { dataVar: "schema" }));
    validate = engine(meter).compile(schema);
  } catch (error) {
    throw new SallyportError("invalid_argument", `the schema of the ${where} is not valid: ${(error as Error).message}`, { help: "Use JSON Schema 2020-12; patterns follow RE2 (no look-around, no back-references)." });
  }
  return (value) => {
    meter.steps = MAX_PATTERN_STEPS;
    if (validate(value)) return;
    if (meter.steps < 0) throw new SallyportError("invalid_argument", `${root} has more text than the patterns of its schema may look at`, { path: root, source: "host", help: "Set maxLength before long texts, or use fewer patterns." });
    const first = validate.errors?.[0];
    const path = root + pointerToPath(first?.instancePath ?? "");
    const extra = first?.params && "additionalProperty" in first.params ? ` ('${String(first.params["additionalProperty"])}')` : "";
    const choices = first?.params && "allowedValues" in first.params ? `: ${JSON.stringify(first.params["allowedValues"])}` : "";
    throw new SallyportError("invalid_argument", `${path} ${first?.message ?? "does not fit"}${extra}${choices}`, { path, source: "host" });
  };
}

const RULES = { strict: true, strictRequired: false, strictTypes: false, strictTuples: false, validateFormats: false, ownProperties: true } as const;

/** Judges schemas, and keeps nothing of them: compiling the meta-schema costs more than all the rest of a load. */
const judge = new Ajv2020(RULES);

/** One engine for each schema: Ajv keeps what it compiled, and an unloaded plugin must leave nothing behind. */
function engine(meter: Meter): Ajv2020 {
  return new Ajv2020({ ...RULES, validateSchema: false, meta: false, code: { regExp: linearRegExp(meter) } });
}

interface RegExpLike { test(text: string): boolean; toString(): string }
interface Meter { steps: number }
const linearRegExp = (meter: Meter): ((pattern: string, flags: string) => RegExpLike) & { code: string } => Object.assign(
  (pattern: string): RegExpLike => {
    const compiled = RE2JS.compile(pattern);
    const size = compiled.programSize();
    return {
      // Linear in the text and in the pattern, and a schema can have hundreds of patterns for one text.
      test: (text) => (meter.steps -= size * text.length) >= 0 && compiled.matcher(text).find(),
      // Ajv keys compiled patterns by their text: without it, all patterns of a schema would be the first one.
      toString: () => `/${pattern}/`,
    };
  },
  { code: "linearRegExp" },
);

interface Place {
  readonly where: string;
  readonly path: string;
  readonly depth: number;
  /** The keys are names, not keywords. */
  readonly names: boolean;
  /** A value to compare with, not a schema. */
  readonly data: boolean;
}

function bounded(schema: unknown, place: Place, budget: { nodes: number }): void {
  const { where, path, depth, names, data } = place;
  const refuse = (what: string): never => {
    throw new SallyportError("invalid_argument", `the schema of the ${where} ${what}`, { path: path || "/" });
  };
  const object = typeof schema === "object" && schema !== null;
  if (!object && !data) return;
  if (--budget.nodes < 0) refuse(`has more than ${MAX_SCHEMA_NODES} nodes`);
  if (!object) return;
  if (depth > MAX_SCHEMA_DEPTH) refuse(`is nested deeper than ${MAX_SCHEMA_DEPTH}`);
  const node = schema as Record<string, unknown>;
  const keywords = !names && !data && !Array.isArray(schema);
  if (keywords && node["uniqueItems"] === true) {
    if (!(typeof node["maxItems"] === "number" && node["maxItems"] <= MAX_UNIQUE_ITEMS)) {
      refuse(`uses uniqueItems without maxItems of at most ${MAX_UNIQUE_ITEMS} (at ${path || "/"})`);
    }
    budget.nodes -= UNIQUE_NODES;
  }
  for (const key of Object.keys(node)) {
    if (keywords && REFUSED.has(key)) refuse(`uses ${key} (at ${path || "/"}), which a payload schema may not`);
    if (keywords && (key === "default" || key === "examples")) continue;
    const below = { where, path: `${path}/${key}`, depth: depth + 1, names: keywords && NAMED.has(key), data: data || (keywords && (key === "enum" || key === "const")) };
    bounded(node[key], below, budget);
  }
}

function pointerToPath(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("");
}
