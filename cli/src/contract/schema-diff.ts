import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "@sallyport/kernel";

/** Where, from the value's root, and why a schema takes less than another. */
export interface Narrowing {
  readonly path: string;
  readonly text: string;
}

type Node = Readonly<Record<string, unknown>>;

const ALL_TYPES = ["null", "boolean", "number", "string", "array", "object"];
/** Words that say nothing about what is valid. */
const NOTES: ReadonlySet<string> = new Set(["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType", "$schema", "$comment"]);
const LEAST = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const MOST = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const COMPARED: ReadonlySet<string> = new Set([...LEAST, ...MOST, "type", "enum", "const", "multipleOf", "pattern", "uniqueItems", "required", "properties", "additionalProperties", "items"]);

/**
 * Why something that `from` takes may be refused by `to`; nothing: it takes at least as much. What cannot be compared counts
 * as taking less, since nobody can promise that it does not. A field that is new and optional is none, as everybody has it.
 */
export function narrowings(from: JsonSchema | undefined, to: JsonSchema | undefined, path = ""): readonly Narrowing[] {
  if (to === undefined || to === true || from === false || isDeepStrictEqual(from, to)) return [];
  if (to === false) return [{ path, text: "nothing is taken here any more" }];
  return compare(typeof from === "object" ? from : {}, to, path);
}

function compare(from: Node, to: Node, path: string): readonly Narrowing[] {
  const say = (text: string): Narrowing => ({ path, text });
  const out: Narrowing[] = [];
  const [had, has] = [typesOf(from), typesOf(to)];
  const lost = had.filter((type) => !has.includes(type) && !(type === "integer" && has.includes("number")));
  if (lost.length > 0) out.push(say(`only ${has.join(", ")} any more`));
  const [values, taken] = [valuesOf(from), valuesOf(to)];
  const gone = values?.filter((value) => taken?.some((each) => isDeepStrictEqual(each, value)) === false) ?? [];
  if (taken !== undefined && values === undefined) out.push(say(`only ${JSON.stringify(taken)} any more`));
  else if (gone.length > 0) out.push(say(`not ${JSON.stringify(gone)} any more`));
  for (const word of LEAST) if (isTighter(from[word], to[word], (a, b) => b > a)) out.push(say(`${word} is ${String(to[word])}${was(from[word])}`));
  for (const word of MOST) if (isTighter(from[word], to[word], (a, b) => b < a)) out.push(say(`${word} is ${String(to[word])}${was(from[word])}`));
  if (isTighter(from["multipleOf"], to["multipleOf"], (a, b) => a % b !== 0)) out.push(say(`multipleOf is ${String(to["multipleOf"])}${was(from["multipleOf"])}`));
  if (to["pattern"] !== undefined && to["pattern"] !== from["pattern"]) out.push(say(`pattern is ${JSON.stringify(to["pattern"])}${was(from["pattern"])}`));
  if (to["uniqueItems"] === true && from["uniqueItems"] !== true) out.push(say("each item once"));
  const demanded = listOf(to["required"]).filter((name) => !listOf(from["required"]).includes(name));
  if (demanded.length > 0) out.push(say(`${demanded.join(", ")} must be there`));
  for (const [word, value] of Object.entries(to)) {
    if (!COMPARED.has(word) && !NOTES.has(word) && !isDeepStrictEqual(from[word], value)) out.push(say(`'${word}' changed, and whether it takes as much as before cannot be told`));
  }
  return [...out, ...fields(from, to, path), ...narrowings(schemaOf(from["items"]), schemaOf(to["items"]), `${path}[]`)];
}

function fields(from: Node, to: Node, path: string): readonly Narrowing[] {
  const [before, now] = [nodeOf(from["properties"]), nodeOf(to["properties"])];
  const [others, othersNow] = [schemaOf(from["additionalProperties"]), schemaOf(to["additionalProperties"])];
  const isOpen = others === undefined || others === true;
  return [
    ...Object.entries(now).flatMap(([name, schema]) => {
      const known = Object.hasOwn(before, name);
      return !known && isOpen ? [] : narrowings(known ? schemaOf(before[name]) : others, schemaOf(schema), `${path}.${name}`);
    }),
    ...Object.entries(before).flatMap(([name, schema]) => (Object.hasOwn(now, name) ? [] : narrowings(schemaOf(schema), othersNow, `${path}.${name}`))),
    ...narrowings(others, othersNow, `${path}.*`),
  ];
}

function typesOf({ type }: Node): readonly string[] {
  return type === undefined ? ALL_TYPES : listOf(Array.isArray(type) ? type : [type]);
}

function valuesOf(node: Node): readonly unknown[] | undefined {
  if (Object.hasOwn(node, "const")) return [node["const"]];
  return Array.isArray(node["enum"]) ? node["enum"] : undefined;
}

/** A bound that was not there, or that is closer now. */
function isTighter(before: unknown, now: unknown, closer: (before: number, now: number) => boolean): boolean {
  return typeof now === "number" && (typeof before !== "number" || closer(before, now));
}

function was(before: unknown): string {
  return before === undefined ? ", and was not there" : `, and was ${JSON.stringify(before)}`;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function nodeOf(value: unknown): Node {
  return typeof value === "object" && value !== null ? (value as Node) : {};
}

function schemaOf(value: unknown): JsonSchema | undefined {
  return typeof value === "boolean" || (typeof value === "object" && value !== null) ? (value as JsonSchema) : undefined;
}
