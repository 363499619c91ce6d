import type { Manifest, ManifestMethod } from "@sallyport/kernel";
import { compareManifests } from "sallyport";
import { describe, expect, it, test } from "vitest";
import { folder, sallyport } from "./sallyport.js";

const manifest = (method: ManifestMethod = {}, extra: Partial<Manifest> = {}): Manifest => ({ name: "fx", version: "1.2.0", entry: "fx.js", methods: { "fx.rate": method }, ...extra });
const next = (method: ManifestMethod, extra: Partial<Manifest> = {}): Manifest => manifest(method, { version: "1.2.1", ...extra });
const object = (properties: object, rest: object = {}): Readonly<Record<string, unknown>> => ({ type: "object", properties, ...rest });

/** What is said of the one method that differs. */
function changes(before: ManifestMethod, now: ManifestMethod): readonly (readonly string[])[] {
  return compareManifests(manifest(before), next(now)).changes.map(({ reach, path, text }) => [reach, path.replace("methods.fx.rate.", ""), text]);
}

describe("params: what was taken has to be taken", () => {
  it.each<[string, unknown, unknown, readonly (readonly string[])[]]>([
    ["the same in another order", object({ a: {}, b: {} }), object({ b: {}, a: {} }), []],
    ["a title", { type: "string" }, { type: "string", title: "t", description: "d", default: "x", examples: ["y"], format: "date" }, []],
    ["a new field that may be left out", object({ a: {} }), object({ a: {}, b: { type: "string" } }), []],
    ["a new field that must be there", object({ a: {} }), object({ a: {}, b: {} }, { required: ["b"] }), [["major", "params", "b must be there"]]],
    ["a type less", { type: ["string", "null"] }, { type: "string" }, [["major", "params", "only string any more"]]],
    ["a type more", { type: "string" }, { type: ["string", "null"] }, [["minor", "params", "takes more than before"]]],
    ["an integer that may be any number", { type: "integer" }, { type: "number" }, [["minor", "params", "takes more than before"]]],
    ["a number that must be an integer", { type: "number" }, { type: "integer" }, [["major", "params", "only integer any more"]]],
    ["a schema where there was none", undefined, { type: "string" }, [["major", "params", "only string any more"]]],
    ["no schema any more", { type: "string" }, undefined, [["minor", "params", "takes more than before"]]],
    ["nothing", { type: "string" }, false, [["major", "params", "nothing is taken here any more"]]],
    ["a value less", { enum: ["a", "b"] }, { enum: ["a"] }, [["major", "params", 'not ["b"] any more']]],
    ["a constant instead of values", { enum: ["a", "b"] }, { const: "a" }, [["major", "params", 'not ["b"] any more']]],
    ["values instead of any", { type: "string" }, { type: "string", enum: ["a"] }, [["major", "params", 'only ["a"] any more']]],
    ["a shorter text", { type: "string", maxLength: 10 }, { type: "string", maxLength: 9 }, [["major", "params", "maxLength is 9, and was 10"]]],
    ["a longer one", { type: "string", maxLength: 10 }, { type: "string", maxLength: 11 }, [["minor", "params", "takes more than before"]]],
    ["a least", { type: "number" }, { type: "number", minimum: 0 }, [["major", "params", "minimum is 0, and was not there"]]],
    ["another pattern", { pattern: "^a" }, { pattern: "^ab" }, [["major", "params", 'pattern is "^ab", and was "^a"']]],
    ["a multiple of a divisor", { multipleOf: 6 }, { multipleOf: 3 }, [["minor", "params", "takes more than before"]]],
    ["each item once", { type: "array" }, { type: "array", uniqueItems: true }, [["major", "params", "each item once"]]],
    ["deep down", object({ a: { type: "array", items: object({ b: { type: "string" } }) } }), object({ a: { type: "array", items: object({ b: { type: "number" } }) } }), [["major", "params.a[].b", "only number any more"]]],
    ["no other fields", object({ a: {} }), object({ a: {} }, { additionalProperties: false }), [["major", "params.*", "nothing is taken here any more"]]],
    ["a field that is not known any more, where others are none", object({ a: {}, b: {} }, { additionalProperties: false }), object({ a: {} }, { additionalProperties: false }), [["major", "params.b", "nothing is taken here any more"]]],
    ["what nobody can compare", { anyOf: [{ type: "string" }] }, { anyOf: [{ type: "string" }, { type: "number" }] }, [["major", "params", "'anyOf' changed, and whether it takes as much as before cannot be told"]]],
  ])("%s", (_what, before, now, expected) => {
    const method = (params: unknown): ManifestMethod => (params === undefined ? {} : { params: params as boolean });
    expect(changes(method(before), method(now))).toEqual(expected);
  });
});

it.each<[string, ManifestMethod, ManifestMethod, readonly (readonly string[])[]]>([
  ["a result that may be more", { result: { type: "string" } }, { result: { type: ["string", "null"] } }, [["major", "result", "may be what it could not be before: only string was promised"]]],
  ["a result that is less", { result: { type: ["string", "null"] } }, { result: { type: "string" } }, [["minor", "result", "promises more than before"]]],
  ["a result with a new field", { result: object({ a: {} }) }, { result: object({ a: {}, b: {} }) }, []],
  ["a field that may be missing now", { result: object({ a: {} }, { required: ["a"] }) }, { result: object({ a: {} }) }, [["major", "result", "may be what it could not be before: a must be there was promised"]]],
  ["another stream", { stream: "out" }, {}, [["major", "stream", "none, and was out"]]],
  ["not idempotent any more", { idempotent: true }, {}, [["major", "idempotent", "a call cannot be made again any more"]]],
  ["less time", { timeoutMs: 100 }, { timeoutMs: 50 }, [["major", "timeoutMs", "50 ms, and was 100"]]],
  ["more time", { timeoutMs: 100 }, { timeoutMs: 500 }, []],
])("%s", (_what, before, now, expected) => {
  expect(changes(before, now)).toEqual(expected);
});

it.each<[string, Partial<Manifest>, Partial<Manifest>, readonly string[]]>([
  ["a method gone", {}, { methods: { "fx.other": {} } }, ["major methods.fx.rate", "minor methods.fx.other"]],
  ["needs grown", { needs: ["call:a.b"] }, { needs: ["call:a.b", "call:c.d"] }, ["major needs"]],
  ["needs less", { needs: ["call:a.b"] }, {}, []],
  ["permissions grown", {}, { permissions: { net: ["*:443"] } }, ["major permissions.net"]],
  ["an event less", { events: ["t"] }, {}, ["major events"]],
  ["smaller frames", {}, { limits: { frameBytes: 4096 } }, ["major limits.frameBytes"]],
  ["more memory", {}, { limits: { memoryMb: 512 } }, []],
  ["a config that must be there", {}, { config: { type: "object", required: ["table"] } }, ["major config", "major config"]],
  ["an interface gone", { interfaces: { fx: "1.0.0" } }, {}, ["major interfaces.fx"]],
  ["others wanted", {}, { uses: { ledger: "^2" } }, ["major uses.ledger"]],
  ["another name", {}, { name: "forex" }, ["major name"]],
  ["another entry", {}, { entry: "other.js", mode: "worker", description: "d" }, []],
])("of a manifest: %s", (_what, before, now, expected) => {
  const { changes: found } = compareManifests(manifest({}, before), next({}, now));
  expect(found.map(({ reach, path }) => `${reach} ${path}`)).toEqual(expected);
});

it.each<[string, string, string, Partial<Manifest>, boolean]>([
  ["a patch with a breaking change", "1.2.0", "1.2.1", { needs: ["call:a.b"] }, false],
  ["a minor one", "1.2.0", "1.3.0", { needs: ["call:a.b"] }, false],
  ["a major one", "1.2.0", "2.0.0", { needs: ["call:a.b"] }, true],
  ["a patch that adds", "1.2.0", "1.2.1", { methods: { "fx.rate": {}, "fx.more": {} } }, false],
  ["a minor step that adds", "1.2.0", "1.3.0", { methods: { "fx.rate": {}, "fx.more": {} } }, true],
  ["before 1.0.0 a minor step that breaks", "0.2.0", "0.3.0", { needs: ["call:a.b"] }, true],
  ["before 1.0.0 a patch that breaks", "0.2.0", "0.2.1", { needs: ["call:a.b"] }, false],
  ["the same version", "1.2.0", "1.2.0", { needs: ["call:a.b"] }, false],
  ["the same version and nothing", "1.2.0", "1.2.0", {}, true],
  ["a step back", "1.2.0", "1.1.9", {}, false],
])("the step of a version: %s", (_what, before, now, extra, isEnough) => {
  expect(compareManifests(manifest({}, { version: before }), manifest({}, { version: now, ...extra })).verdicts).toMatchObject([{ of: "version", isEnough }]);
});

it("an interface has a step of its own: what changed in its methods", () => {
  const { verdicts } = compareManifests(manifest({}, { interfaces: { fx: "1.0.0" } }), manifest({ params: { type: "string" } }, { version: "2.0.0", interfaces: { fx: "1.0.1" } }));
  expect(verdicts).toMatchObject([{ of: "version", wants: "major", isEnough: true }, { of: "interface fx", step: "patch", wants: "major", isEnough: false }]);
});

test("sallyport diff flags a patch that breaks, and check does so for two versions of one plugin", { timeout: 120_000 }, async () => {
  const script = "export default { methods: {} };";
  const root = await folder({
    "old/plugin.json": manifest({ params: object({ pair: { type: "string" } }) }), "old/fx.js": script,
    "new/plugin.json": next({ params: object({ pair: { type: "string" } }, { required: ["pair"] }) }), "new/fx.js": script,
    "sallyport.json": { plugins: { fx: "./new", "fx-old": "./old" } },
  });
  const [diff, check] = await Promise.all([sallyport(["diff", "old", "new"], { cwd: root }), sallyport(["check"], { cwd: root })]);
  expect(diff).toMatchObject({ code: 1, stderr: "" });
  expect(diff.stdout).toBe("breaks  methods.fx.rate.params: pair must be there\nflagged  1.2.0 to 1.2.1 is a patch step, and it breaks those who rely on it: a major step is wanted\n");
  expect(check.code).toBe(0);
  expect(check.stderr).toContain("flagged fx-old and fx are versions of one plugin: 1.2.0 to 1.2.1 is a patch step, and it breaks those who rely on it: a major step is wanted");
});
