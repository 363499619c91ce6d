import fc from "fast-check";
import { canonical } from "./canonical.js";

const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,4}$/);
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 90 }), fc.string(), fc.constantFrom("\ufeff", `\ufeff${"x".repeat(70)}`, "$bytes", "\ue000"));
const key = fc.oneof(word, text, fc.constantFrom("$", "$$", "$bytes", "$int", "$time", "constructor", "toString", "toJSON", "length")).filter((name) => name !== "__proto__");

/** Any value of the data model, shrunk towards small ones. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -0, 2 ** 53, -(2 ** 53), 2 ** 60, 1e21),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    text,
    fc.uint8Array({ maxLength: 40 }),
    fc.date({ min: new Date("0000-01-01T00:00:00.000Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 6 }),
    fc.dictionary(key, fc.oneof({ weight: 9, arbitrary: tie("value") }, { weight: 1, arbitrary: fc.constant(undefined) }), { maxKeys: 6 }),
  ),
})).value;

/** A topic, and patterns that are likely to be near it. */
export const anyTopic = fc.array(fc.constantFrom("a", "b", "c", "$x-1"), { minLength: 1, maxLength: 5 }).map((parts) => parts.map((part, i) => (i > 0 ? part.replace("$", "") : part)).join("."));
export const anyPattern = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", "*"), { maxLength: 5 }), fc.constantFrom("a", "**", "*"))
  .map(([parts, last]) => [...parts, last].join("."));

export { canonical };
