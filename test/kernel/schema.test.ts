import { afterEach, describe, expect, test } from "vitest";
import { createKernel, type JsonSchema, type Kernel } from "@sallyport/kernel";

const kernels: Kernel[] = [];
afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.close();
});
function provide(result: JsonSchema, value: unknown = null): Kernel {
  const kernel = createKernel({ adapters: [] });
  kernels.push(kernel);
  kernel.provide("a.run", () => value, { result });
  return kernel;
}

describe("a payload schema is hostile input", () => {
  const twice = (schema: JsonSchema): JsonSchema => ({ allOf: [schema, schema] });
  test.each([
    ["a reference below a property named properties", twice({ properties: { properties: { $ref: "#" } } }), /uses \$ref/],
    ["a reference below a property named const", { properties: { const: { $ref: "#" } } }, /uses \$ref/],
    ["an enum of thousands", { items: { enum: Array.from({ length: 2000 }, (_, i) => [i]) } }, /more than 1000 nodes/],
    ["uniqueItems in many copies", { allOf: Array.from({ length: 5 }, () => ({ uniqueItems: true, maxItems: 1000 })) }, /more than 1000 nodes/],
  ])("%s is refused", (_name, schema, message) => {
    expect(() => provide(schema)).toThrow(message);
  });

  test("patterns look at a bounded amount of text", async () => {
    const kernel = provide({ allOf: Array.from({ length: 100 }, (_, i) => ({ pattern: `a.*b.*c${i}|` })) }, "ab".repeat(1 << 19));
    await expect(kernel.call("a.run")).rejects.toThrow(/more text than the patterns/);
  });

  test("an author's names are no keywords", async () => {
    const schema = { type: "object", properties: { $ref: { type: "string" }, uniqueItems: true, enum: { enum: ["a"] } } };
    expect(await provide(schema, { $ref: "x", enum: "a" }).call("a.run")).toEqual({ $ref: "x", enum: "a" });
  });
});
