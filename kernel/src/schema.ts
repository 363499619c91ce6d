import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
import { SallyportError } from "@sallyport/bus";
import type { JsonSchema } from "./manifest.js";

/** Throws `invalid_argument` with the path of the first field that does not fit. */
export type Check = (value: unknown) => void;

const MAX_SCHEMA_NODES = 1000;
const MAX_SCHEMA_DEPTH = 32;
const MAX_UNIQUE_ITEMS = 1000;
/** References make a check exponential in a few lines; a plugin's schema is written out instead. */
const REFUSED = new Set(["$ref", "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor", "$async", "__proto__"]);

/**
 * Compiles a payload schema (2020-12). Schemas come from plugins nobody has reviewed, so that checking is bounded:
 * no references, at most 1000 nodes, patterns by RE2 (linear time), `uniqueItems` only with `maxItems` up to 1000.
 * `format` is an annotation. Throws `invalid_argument` naming the place.
 * @param where `params of fx.convert`, for messages
 * @param root `params`, the first part of paths
 */
export function compileSchema(schema: JsonSchema, where: string, root: string): Check {
  bounded(schema, where, "", 0, { nodes: MAX_SCHEMA_NODES });
  let validate: ValidateFunction;
  try {
    if (judge.validateSchema(schema) !== true) throw new Error(judge.errorsText(judge.errors, { dataVar: "schema" }));
    validate = engine().compile(schema);
  } catch (error) {
    throw new SallyportError("invalid_argument", `the schema of the ${where} is not valid: ${(error as Error).message}`, { help: "Use JSON Schema 2020-12; patterns follow RE2 (no look-around, no back-references)." });
  }
  return (value) => {
    if (validate(value)) return;
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
function engine(): Ajv2020 {
  return new Ajv2020({ ...RULES, validateSchema: false, meta: false, code: { regExp: linearRegExp } });
}

interface RegExpLike { test(text: string): boolean; toString(): string }
const linearRegExp: ((pattern: string, flags: string) => RegExpLike) & { code: string } = Object.assign(
  (pattern: string): RegExpLike => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keys compiled patterns by their text: without it, all patterns of a schema would be the first one.
    return { test: (text) => compiled.matcher(text).find(), toString: () => `/${pattern}/` };
  },
  { code: "linearRegExp" },
);

function bounded(schema: unknown, where: string, path: string, depth: number, budget: { nodes: number }): void {
  if (typeof schema !== "object" || schema === null) return;
  const refuse = (what: string): never => {
    throw new SallyportError("invalid_argument", `the schema of the ${where} ${what}`, { path: path || "/" });
  };
  if (--budget.nodes < 0) refuse(`has more than ${MAX_SCHEMA_NODES} nodes`);
  if (depth > MAX_SCHEMA_DEPTH) refuse(`is nested deeper than ${MAX_SCHEMA_DEPTH}`);
  const node = schema as Record<string, unknown>;
  if (!Array.isArray(schema)) {
    if (node["uniqueItems"] === true && !(typeof node["maxItems"] === "number" && node["maxItems"] <= MAX_UNIQUE_ITEMS)) {
      refuse(`uses uniqueItems without maxItems of at most ${MAX_UNIQUE_ITEMS} (at ${path || "/"})`);
    }
  }
  for (const key of Object.keys(node)) {
    // Under `properties` the keys are the author's own names, not keywords.
    if (!path.endsWith("/properties") && REFUSED.has(key)) refuse(`uses ${key} (at ${path || "/"}), which a payload schema may not`);
    if (key !== "const" && key !== "enum" && key !== "default" && key !== "examples") bounded(node[key], where, `${path}/${key}`, depth + 1, budget);
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
