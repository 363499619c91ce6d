import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseMethods, codeOfStatus, decode, encode, errorOf, readProtoFiles, statusOfCode, usualName, type Declared, type MessageType } from "@sallyport/adapter-grpc/proto";
import { CODES, DEFAULT_LIMITS } from "@sallyport/bus";
import fc from "fast-check";
import protobuf from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const never = new AbortController().signal;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), "proto-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(text: string, name = `t${files++}.proto`): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

async function read(text: string): Promise<Declared> {
  return readProtoFiles("p", folder, [write(text)], never);
}

async function message(body: string, more = "", head = 'syntax = "proto3"; package t;'): Promise<MessageType> {
  const declared = await read(`${head} ${more} message M { ${body} }`);
  return declared.messages.get("t.M") as MessageType;
}

const back = (type: MessageType, value: unknown): unknown => decode(type, encode(type, value), DEFAULT_LIMITS);

const ALL = `
  double a_double = 1; float a_float = 2; int32 a_int32 = 3; int64 a_int64 = 4; uint32 a_uint32 = 5; uint64 a_uint64 = 6; sint32 a_sint32 = 7; sint64 a_sint64 = 8;
  fixed32 a_fixed32 = 9; fixed64 a_fixed64 = 10; sfixed32 a_sfixed32 = 11; sfixed64 a_sfixed64 = 12; bool a_bool = 13; string a_string = 14; bytes a_bytes = 15;
  Kind kind = 16; M inner = 17; repeated int32 packed = 18; repeated string texts = 19; repeated M inners = 20; map<string, int32> counts = 21; map<int64, M> by_id = 22;
  optional int32 maybe = 23; oneof choice { string left = 24; M right = 25; } repeated Kind kinds = 1000;`;
const KIND = "enum Kind { NONE = 0; SOME = 1; ALL = -7; }";

describe("messages", () => {
  it("are those of protobufjs, both ways, whatever they hold", async () => {
    const name = write(`syntax = "proto3"; package t; ${KIND} message M { ${ALL} }`);
    const type = (await readProtoFiles("p", folder, [name], never)).messages.get("t.M") as MessageType;
    const theirs = (await protobuf.load(join(folder, name))).lookupType("t.M");
    const keepCase = new protobuf.Root();
    protobuf.parse(`syntax = "proto3"; package t; ${KIND} message M { ${ALL} }`, keepCase, { keepCase: true });
    const other = keepCase.resolveAll() && keepCase.lookupType("t.M");
    expect(theirs.fieldsArray.length).toBe(other.fieldsArray.length);

    const int = (least: number, most: number): fc.Arbitrary<number> => fc.integer({ min: least, max: most });
    const wide = fc.oneof(int(-(2 ** 31), 2 ** 31 - 1), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value)));
    const natural = fc.oneof(int(0, 2 ** 31), fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n - 1n }));
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const text = fc.string({ unit: "grapheme" });
    const { node } = fc.letrec((tie) => ({
      node: fc.record({
        a_double: double, a_float: fc.float({ noNaN: true, noDefaultInfinity: true }), a_int32: int(-(2 ** 31), 2 ** 31 - 1), a_int64: wide, a_uint32: int(0, 2 ** 32 - 1), a_uint64: natural,
        a_sint32: int(-(2 ** 31), 2 ** 31 - 1), a_sint64: wide, a_fixed32: int(0, 2 ** 32 - 1), a_fixed64: natural, a_sfixed32: int(-(2 ** 31), 2 ** 31 - 1), a_sfixed64: wide,
        a_bool: fc.boolean(), a_string: text, a_bytes: fc.uint8Array({ maxLength: 20 }), kind: fc.constantFrom("NONE", "SOME", "ALL"), inner: fc.option(tie("node"), { nil: undefined, maxDepth: 2 }),
        packed: fc.array(int(-5, 300)), texts: fc.array(text, { maxLength: 3 }), inners: fc.array(tie("node"), { maxLength: 1, depthIdentifier: "n" }), kinds: fc.array(fc.constantFrom("SOME", "ALL")),
        counts: fc.dictionary(text.filter((key) => key !== "__proto__"), int(0, 9), { maxKeys: 3 }), maybe: int(0, 3),
      }, { requiredKeys: [] }),
    }));
    fc.assert(fc.property(node, (value) => {
      const ours = encode(type, value);
      const decoded = decode(type, ours, DEFAULT_LIMITS);
      // What they read and write again is what we read.
      const theirs = other.encode(other.decode(ours)).finish();
      expect(decode(type, theirs, DEFAULT_LIMITS)).toEqual(decoded);
      expect(decode(type, encode(type, decoded), DEFAULT_LIMITS)).toEqual(decoded);
    }), { numRuns: 150 });
  });

  it("are whole: what cannot be absent is there, and what is absent is not", async () => {
    const type = await message(ALL, KIND);
    expect(back(type, {})).toEqual({
      a_double: 0, a_float: 0, a_int32: 0, a_int64: 0, a_uint32: 0, a_uint64: 0, a_sint32: 0, a_sint64: 0, a_fixed32: 0, a_fixed64: 0, a_sfixed32: 0, a_sfixed64: 0,
      a_bool: false, a_string: "", a_bytes: new Uint8Array(0), kind: "NONE", packed: [], texts: [], inners: [], counts: {}, by_id: {}, kinds: [],
    });
    expect(back(type, { maybe: 0, left: "", by_id: { "-5": { a_bool: true } }, a_int64: 2n ** 62n })).toMatchObject({ maybe: 0, left: "", by_id: { "-5": { a_bool: true } }, a_int64: 2n ** 62n });
    expect(back(type, { a_string: null, inner: null })).not.toHaveProperty("inner");
  });

  it.each([
    [{ a_int32: 1.5 }, "params.a_int32", "a_int32 must be an integer from -2147483648 to 2147483647"],
    [{ a_uint32: -1 }, "params.a_uint32", "a_uint32 must be an integer from 0 to 4294967295"],
    [{ a_int64: 2 ** 60 }, "params.a_int64", "a_int64 must be an integer"],
    [{ a_string: 5 }, "params.a_string", "a_string must be a string"],
    [{ a_bytes: "AAEC" }, "params.a_bytes", "a_bytes must be bytes"],
    [{ kind: "MANY" }, "params.kind", "kind must be one of NONE, SOME, ALL"],
    [{ inner: { inner: { a_bool: 1 } } }, "params.inner.inner.a_bool", "a_bool must be true or false"],
    [{ packed: [1, "2"] }, "params.packed[1]", "packed[1] must be an integer"],
    [{ counts: { a: "b" } }, "params.counts.a", "a must be an integer"],
    [{ by_id: { x: {} } }, "params.by_id.x", "x must be an integer"],
    [{ left: "a", right: {} }, "params.right", "right and left cannot both be set"],
    [{ nope: 1 }, "params.nope", "t.M has no field 'nope'"],
    ["text", "params", "params must be a map"],
  ])("refuse %j", async (value, path, text) => {
    const type = await message(ALL, KIND);
    expect(() => encode(type, value)).toThrow(expect.objectContaining({ code: "invalid_argument", path, message: expect.stringContaining(text) }));
  });

  it("of proto2 have presence, and required fields are required", async () => {
    const type = await message("required int32 id = 1; optional string text = 2 [default = \"x\"];", "", 'syntax = "proto2"; package t;');
    expect(() => encode(type, {})).toThrow(expect.objectContaining({ path: "params.id" }));
    expect(back(type, { id: 0 })).toEqual({ id: 0 });
  });

  it("well-known types are the values that they stand for", async () => {
    const type = await message("google.protobuf.Timestamp at = 1; google.protobuf.Duration took = 2; google.protobuf.Struct map = 3; google.protobuf.Value any = 4; google.protobuf.ListValue list = 5; google.protobuf.StringValue text = 6; google.protobuf.Int64Value wide = 7; google.protobuf.FieldMask mask = 8;",
      'import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/struct.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/field_mask.proto";');
    const value = {
      at: new Date(-1), took: "-1.500000001s", map: { a: [1, null, { b: "c" }], "$d": new Uint8Array([1]) }, any: 2n ** 60n, list: [new Date(0), true], text: "", wide: 0, mask: { paths: ["a.b"] },
    };
    expect(back(type, value)).toEqual(value);
    expect(back(type, { any: null })).toEqual({ any: null });
    expect(() => encode(type, { took: "soon" })).toThrow(expect.objectContaining({ path: "params.took" }));
  });

  it("that are broken in any way are refused, and never hang or reach a prototype", async () => {
    const type = await message(ALL, KIND);
    const whole = encode(type, { a_string: "text", inner: { packed: [1, 2, 3], a_double: 1.5 }, counts: { a: 1 } });
    for (let end = 0; end < whole.length; end++) {
      try {
        decode(type, whole.subarray(0, end), DEFAULT_LIMITS);
      } catch (error) {
        expect(error).toMatchObject({ code: "internal" });
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decode(type, bytes, DEFAULT_LIMITS);
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^(internal|resource_exhausted)$/);
      }
    }), { numRuns: 2000 });
    expect({}).not.toHaveProperty("a_bool");
  });

  it("cannot become large values: each of 2 bytes counts for all that it makes", async () => {
    const type = await message(ALL, KIND);
    const many = Uint8Array.from({ length: 300_000 }, (_, i) => [0xa2, 0x01, 0x00][i % 3] as number);
    expect(() => decode(type, many, DEFAULT_LIMITS)).toThrow(expect.objectContaining({ code: "resource_exhausted", message: expect.stringContaining("values") }));
    let deep: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 100; i++) deep = Buffer.concat([Buffer.of(0x8a, 0x01, ...(deep.length < 128 ? [deep.length] : [(deep.length & 127) | 128, deep.length >> 7])), deep]);
    expect(() => decode(type, deep, DEFAULT_LIMITS)).toThrow(expect.objectContaining({ code: "resource_exhausted", message: expect.stringContaining("nested") }));
  });
});

describe("proto files", () => {
  it.each([
    ["an absolute path", 'import "/etc/passwd";'],
    ["a way out", 'import "../x.proto";'],
    ["what is not there", 'import "nowhere.proto";'],
  ])("import %s in vain", async (_what, line) => {
    await expect(read(`syntax = "proto3"; ${line}`)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/the import .*: (an absolute path|a path that leads out of it|a path where nothing exists)/) });
  });

  it("lead through no link out of the folder", async () => {
    symlinkSync("/etc/hostname", join(folder, "linked.proto"));
    await expect(readProtoFiles("p", folder, ["linked.proto"], never)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("a link that leads out") });
  });

  it("may import each other, from the folder or from beside", async () => {
    write('syntax = "proto3"; package deep; import "deep/e.proto"; message D { E e = 1; }', "deep/d.proto");
    write('syntax = "proto3"; package deep; import "d.proto"; message E { D d = 1; }', "deep/e.proto");
    const declared = await read('syntax = "proto3"; import "deep/d.proto"; message M { deep.D d = 1; }');
    const type = declared.messages.get("M") as MessageType;
    expect(back(type, { d: { e: { d: {} } } })).toEqual({ d: { e: { d: {} } } });
  });

  it("that are wrong are named with their line", async () => {
    await expect(read('syntax = "proto3";\nmessage M {\n  int32 a = ;\n}')).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/t\d+\.proto:3: illegal id ';'/) });
  });

  it.each([
    ["an edition", 'edition = "2023"; message M { int32 a = 1; }'],
    ["a group", 'syntax = "proto2"; message M { optional group G = 1 { optional int32 a = 1; } } service S { rpc A(M) returns (M); }'],
    ["a type that is nowhere", 'syntax = "proto3"; message M { Missing a = 1; } service S { rpc A(M) returns (M); }'],
    ["nothing to call", 'syntax = "proto3"; message M { int32 a = 1; }'],
    ["two methods of one name", 'syntax = "proto3"; message M {} service S { rpc A(M) returns (M); rpc a(M) returns (M); }'],
  ])("with %s are refused", async (_what, text) => {
    await expect(read(text).then((declared) => chooseMethods("p", declared, {}))).rejects.toMatchObject({ code: "invalid_argument", help: expect.stringMatching(/./) });
  });

  it("cannot make the parser work for minutes", async () => {
    const fields = Array.from({ length: 5000 }, (_, i) => `int32 a${i} = ${i + 1};`).join(" ");
    await expect(read(`syntax = "proto3"; message M { ${fields} }`)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("more than 4096 fields") });
    await expect(read(`syntax = "proto3"; ${" ".repeat(1 << 20)}`)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("bytes") });
  });

  it("become no code, nor do their messages", () => {
    const name = write(`syntax = "proto3"; package t; ${KIND} message M { ${ALL} }`);
    const script = `
      import { readProtoFiles, encode, decode } from "@sallyport/adapter-grpc/proto";
      // Code of schemas of this host was made while it was imported; from here on nobody makes any.
      const refuse = function () { throw new Error("code was made"); };
      refuse.prototype = Function.prototype;
      globalThis.Function = refuse;
      globalThis.eval = refuse;
      const type = (await readProtoFiles("p", ${JSON.stringify(folder)}, [${JSON.stringify(name)}], new AbortController().signal)).messages.get("t.M");
      console.log(decode(type, encode(type, { a_string: "no code" }), { frameItems: 1000, frameDepth: 10 }).a_string);`;
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd, encoding: "utf8" })).toBe("no code\n");
  });

  it("name their methods by service and method, unless the manifest does", async () => {
    expect(["demo.v1.FxRates/GetAll", "proto.KV/Get", "a.HTTPProxy/X", "plain/do"].map((id) => usualName({ service: id.split("/")[0] as string, method: id.split("/")[1] as string }))).toEqual(["fxRates.getAll", "kv.get", "httpProxy.x", "plain.do"]);
    const declared = await read('syntax = "proto3"; package p; message M {} service A { rpc One(M) returns (M); rpc Two(M) returns (M); } service B { rpc One(M) returns (M); }');
    expect([...chooseMethods("p", declared, { services: ["p.A"], names: { "p.A/One": "first.of.all" }, start: "p.A/Two" }).methods.keys()]).toEqual(["first.of.all"]);
    for (const naming of [{ services: ["p.C"] }, { names: { "p.A/Three": "x.y" } }, { start: "p.A/Three" }]) expect(() => chooseMethods("p", declared, naming)).toThrow(expect.objectContaining({ code: "invalid_argument", help: expect.stringContaining("p.") }));
  });

  it("are not the plugin's own where it calls the host by them, unless it offers them as well", async () => {
    const declared = await read('syntax = "proto3"; package p; message M { uint32 a = 1; uint32 b = 2; } service A { rpc One(M) returns (M); } service Back { rpc Sum(M) returns (M); rpc Count(M) returns (stream M); } service Other { rpc Do(M) returns (M); }');
    const callbacks = { "p.M.a": "p.Back", "p.M.b": "p.Other" };
    const chosen = chooseMethods("p", declared, { callbacks, names: { "p.Back/Sum": "host.add" } });
    expect([...chosen.methods.keys()]).toEqual(["a.one"]);
    expect(chosen.callbacks.get("p.M")?.map(({ field, methods }) => [field, [...methods].map(([path, { name }]) => [path, name])])).toEqual([
      ["a", [["/p.Back/Sum", "host.add"], ["/p.Back/Count", "back.count"]]],
      ["b", [["/p.Other/Do", "other.do"]]],
    ]);
    expect([...chooseMethods("p", declared, { callbacks, services: ["p.A", "p.Other"] }).methods.keys()]).toEqual(["a.one", "other.do"]);
    expect(() => chooseMethods("p", declared, { callbacks, names: { "p.Back/Sub": "host.sub" } })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});

describe("status codes", () => {
  it("say the same both ways, and every code that a plugin may send has one", () => {
    for (const [code, { hostOnly }] of Object.entries(CODES)) {
      if (hostOnly || code === "timer_limit") continue;
      expect(codeOfStatus(statusOfCode(code)), code).toBe(code === "busy" ? "resource_exhausted" : code);
    }
    expect(statusOfCode("fx.unknown_pair")).toBe(2);
    expect([6, 10, 11, 2, 99].map(codeOfStatus)).toEqual(["conflict", "conflict", "invalid_argument", "internal", "internal"]);
  });

  it("carry the plugin's own error where it sent one, by the rules of any plugin's", () => {
    const sent = (error: unknown): unknown => errorOf({ code: 2, details: "plain", errors: [Buffer.from(JSON.stringify(error))] });
    expect(sent({ code: "fx.unknown", msg: "no such pair", path: "params.pair", retryAfterMs: 5 })).toMatchObject({ code: "fx.unknown", message: "no such pair", path: "params.pair", retryAfterMs: 5 });
    expect(sent({ code: "plugin_crashed", msg: "forged", source: "host", plugin: "bank" })).toMatchObject({ code: "internal", message: "forged" });
    expect(sent({ code: "plugin_crashed", msg: "forged", plugin: "bank" })).not.toHaveProperty("plugin", "bank");
    expect(sent("text")).toMatchObject({ code: "internal", message: "plain" });
    expect(errorOf({ code: 5, details: "" })).toMatchObject({ code: "not_found", message: "the plugin answered NOT_FOUND without a word" });
  });
});
