import { readFileSync } from "node:fs";
import type { Manifest } from "@sallyport/kernel";
import { isPluginName } from "./names.js";
import { readJsonFile, type JsonFile } from "./json-file.js";
import type { Problem } from "./problem.js";
import { compileSchema, type Validate } from "./validate.js";

/** The manifest's JSON Schema (2020-12), as published with this package. */
export const manifestSchema = JSON.parse(readFileSync(new URL("../schema/plugin.schema.json", import.meta.url), "utf8")) as Readonly<Record<string, unknown>>;

const checkSchema = compileSchema(manifestSchema);

/** A plugin is something to run, or something that a mode knows how to reach. */
const check: Validate = (value) => {
  const problems = checkSchema(value);
  const { entry, modes } = (isObject(value) ? value : {}) as Partial<Manifest>;
  const reached = typeof modes === "object" && modes !== null && Object.keys(modes).length > 0;
  return !isObject(value) || entry !== undefined || reached ? problems : [{ pointer: "", expected: 'the field "entry"', got: "none" }, ...problems];
};

/** A manifest and the file that holds it; pointers of `at` are relative to the manifest. */
export interface ReadManifest {
  readonly file: JsonFile;
  readonly manifest: Manifest;
  /** Where a field of the manifest stands in `file`, as a JSON pointer. */
  at(pointer: string): string;
}

/** Reads `plugin.json`. Throws `invalid_argument` naming file, line and column. */
export async function readManifestFile(path: string, signal: AbortSignal): Promise<ReadManifest> {
  const file = await readJsonFile<Manifest>(path, { validate: check, signal });
  return { file, manifest: withoutSchema(file.value), at: (pointer) => pointer };
}

/** What a package.json offers: a manifest in its field `sallyport`, or just the path of a module. */
export type ReadPackage = { readonly kind: "manifest"; readonly read: ReadManifest } | { readonly kind: "module"; readonly main: string | undefined };

const INHERITED = ["version", "description", "license", "homepage"] as const;

/**
 * Reads a package.json. The field `sallyport` may leave out what the package itself states: name (where it is
 * one that plugins can have), version, description, license, homepage, and `main` as entry.
 */
export async function readPackageFile(path: string, signal: AbortSignal): Promise<ReadPackage> {
  const file = await readJsonFile(path, { validate: (value) => (isObject(value) ? [] : [{ pointer: "", expected: "an object", got: "something else" }]), signal });
  const outer = file.value as Record<string, unknown>;
  const main = typeof outer["main"] === "string" ? outer["main"] : undefined;
  const inner = outer["sallyport"];
  if (inner === undefined) return { kind: "module", main };
  if (!isObject(inner)) throw file.error({ pointer: "/sallyport", expected: "an object, the plugin's manifest", got: typeof inner });

  const inherited: Record<string, unknown> = {};
  for (const key of INHERITED) if (typeof outer[key] === "string") inherited[key] = outer[key];
  if (typeof outer["name"] === "string" && isPluginName(outer["name"])) inherited["name"] = outer["name"];
  if (main !== undefined) inherited["entry"] = main;
  const at = (pointer: string): string => {
    const key = pointer.split("/")[1] ?? "";
    return key !== "" && !Object.hasOwn(inner, key) && Object.hasOwn(inherited, key) ? `/${key === "entry" ? "main" : key}` : `/sallyport${pointer}`;
  };
  const value = { ...inherited, ...inner };
  const problems = check(value);
  if (problems.length > 0) throw file.error(...problems.map((p): Problem => ({ ...p, pointer: at(p.pointer) })));
  return { kind: "manifest", read: { file, manifest: withoutSchema(value as unknown as Manifest), at } };
}

function withoutSchema(value: Manifest): Manifest {
  const { $schema: _editorsOnly, ...manifest } = value as Manifest & { $schema?: string };
  return manifest;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
