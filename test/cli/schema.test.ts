import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, LIMIT_NAMES, MAX_LIMITS } from "@sallyport/bus";
import { DEFAULT_RESTART } from "@sallyport/kernel";

interface Field { readonly title: string; readonly description: string; readonly default: number; readonly maximum: number }
type Fields = Readonly<Record<string, Field>>;

const schema = JSON.parse(await readFile(new URL("../../cli/schema/sallyport.schema.json", import.meta.url), "utf8")) as { readonly $defs: Readonly<Record<string, { readonly properties: Fields }>> };

test("the schema's limits are the bus's, with its defaults and maxima", () => {
  const fields = schema.$defs["limits"]?.properties ?? {};
  expect(Object.keys(fields)).toEqual(LIMIT_NAMES);
  for (const name of LIMIT_NAMES) expect(fields[name]).toMatchObject({ default: DEFAULT_LIMITS[name], maximum: MAX_LIMITS[name] });
});

test("the schema's restart policy is the kernel's", () => {
  const fields = schema.$defs["restart"]?.properties ?? {};
  expect(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default]))).toEqual(DEFAULT_RESTART);
});

test.each(["cli/schema/sallyport", "adapters/manifest/schema/plugin", "adapters/oneshot/schema/oneshot"])("%s is a valid schema", async (name) => {
  const judge = new Ajv2020({ strict: true, allowUnionTypes: true });
  const valid = judge.validateSchema(JSON.parse(await readFile(new URL(`../../${name}.schema.json`, import.meta.url), "utf8")) as object);
  expect(valid, judge.errorsText()).toBe(true);
});

test("an editor has something to show for every field", () => {
  for (const { properties } of Object.values(schema.$defs)) {
    for (const [name, field] of Object.entries(properties ?? {})) expect(field.description ?? ("$ref" in field ? "by reference" : undefined), name).toBeDefined();
  }
});
