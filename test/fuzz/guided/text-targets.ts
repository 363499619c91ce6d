import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel } from "@sallyport/kernel";
import { compileSchema, manifestSchema, readJsonFile } from "@sallyport/manifest";
import { clean, refusedBy } from "./promises.js";
import { bytesOf, words, type Target } from "./target.js";

const JSON_WORDS = words('"', "{", "}", "[", "]", ":", ",", "\\", "null", "true", "-1", "1e999", "__proto__", "/*", "//", "\u0000", "\ufeff", "\u202e");

/** Reads a JSON file as a host does, against a schema of ours. What is wrong is listed with its places. */
function document(name: string, schema: Readonly<Record<string, unknown>>, tokens: Target["tokens"], seeds: readonly unknown[]): Target & Disposable {
  const validate = compileSchema(schema);
  const folder = mkdtempSync(join(tmpdir(), "sallyport-fuzz-"));
  const file = join(folder, `${name}.json`);
  return {
    name, tokens: [...JSON_WORDS, ...tokens],
    seeds: seeds.map((seed) => bytesOf(JSON.stringify(seed, undefined, 1))),
    async run(bytes) {
      writeFileSync(file, bytes);
      try {
        const { value } = await readJsonFile(file, { validate });
        JSON.stringify(value);
        clean();
        return true;
      } catch (error) {
        const { message } = error as Error;
        if (message.length > 20_000) throw new Error(`the message has ${message.length} characters`, { cause: error });
        clean();
        return refusedBy(error, "invalid_argument");
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A payload schema that a plugin ships: refused, or a check that ends. */
function payloadSchema(): Target {
  const values: readonly unknown[] = [null, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", [1, [2, [3]], "x"], { a: { b: [1, 2, 3] }, "": 0, text: "x".repeat(200) }];
  const seeds: readonly unknown[] = [
    true, { type: "string", maxLength: 9 }, { type: "object", properties: { a: { type: "integer", minimum: 0 } }, required: ["a"], additionalProperties: false },
    { type: "array", items: { enum: [1, "two", null] }, uniqueItems: true }, { anyOf: [{ type: "number" }, { type: "string", pattern: "^(a+)+$" }] }, { patternProperties: { "^[a-z]": { type: "string" } } }, { not: { const: { a: [1] } } }, { prefixItems: [{ type: "number", multipleOf: 0.01 }] },
  ];
  return {
    name: "schema",
    tokens: [...JSON_WORDS, ...words('"type"', '"$ref"', '"#"', '"pattern"', '"anyOf"', '"allOf"', '"oneOf"', '"not"', '"if"', '"items"', '"enum"', '"const"', '"properties"', '"patternProperties"', '"required"', '"uniqueItems"', '"multipleOf"', '"maxLength"', '"format"', '"(a+)+$"', '"(?=a)"', '"\\\\1"', '"[z-a]"')],
    seeds: seeds.map((seed) => bytesOf(JSON.stringify(seed))),
    async run(bytes) {
      let schema: unknown;
      try {
        schema = JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        return false;
      }
      const kernel = createKernel({ adapters: [] });
      try {
        kernel.provide("a.b", () => 1, { params: schema as never });
      } catch (error) {
        return refusedBy(error, "invalid_argument");
      } finally {
        clean();
      }
      for (const value of values) await kernel.call("a.b", value).catch((error: unknown) => refusedBy(error, "invalid_argument"));
      await kernel.close();
      return true;
    },
  };
}

export function textTargets(configSchema: URL): readonly (Target & Partial<Disposable>)[] {
  return [
    document("manifest", manifestSchema, words('"name"', '"version"', '"entry"', '"command"', '"methods"', '"needs"', '"limits"', '"permissions"', '"events"', '"stream"', "call:", "../", "1.0.0"), [
      { name: "fx", version: "1.0.0", entry: "fx.js" },
      { name: "fx", version: "1.0.0", entry: "main.py", command: ["python3", "-u"], methods: { "fx.convert": { params: { type: "object" }, stream: "out", idempotent: true, timeoutMs: 100 } }, events: ["rates.*"], needs: ["call:rates.lookup"], limits: { memoryMb: 64 }, permissions: { read: ["."], net: ["*:443"] }, config: true },
    ]),
    document("config", JSON.parse(readFileSync(configSchema, "utf8")) as Record<string, unknown>, words('"plugins"', '"path"', '"grants"', '"trust"', '"mode"', '"limits"', '"restart"', '"sandbox"', '"timeoutMs"', '"debug"', "untrusted", "call:**"), [
      { plugins: { upper: "./upper.py" } },
      { timeoutMs: 5000, debug: false, plugins: { fx: { path: "./fx", mode: "process", trust: "untrusted", grants: ["call:rates.lookup"], limits: { inflight: 4, memoryMb: 64 }, restart: { crashes: 3 }, config: { a: [1] } }, off: { path: "x", restart: false, start: "lazy", idleStopMs: 100 } } },
    ]),
    payloadSchema(),
  ];
}
