import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assertValue, jsonCodec, MAX_NODES, msgpackCodec, recordCodec } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { anyValue, canonical } from "./arbitrary.js";
import { thrownBy, utf8 } from "./canonical.js";

const codecs = [jsonCodec, msgpackCodec, recordCodec, capnpCodec];

describe.each(codecs)("$name", (codec) => {
  test("gives back every value of the data model", () => {
    fc.assert(fc.property(anyValue, (value) => deepStrictEqual(codec.decode(codec.encode(value)), canonical(value))), { numRuns: 1000 });
  });

  test("writes exact buffers, and reads bytes as plain exact arrays even from a pooled Buffer", () => {
    const encoded = codec.encode({ bytes: new Uint8Array([1, 2, 3]) });
    expect(encoded.byteLength).toBe(encoded.buffer.byteLength);
    const pooled = Buffer.from(`......${Buffer.from(encoded).toString("latin1")}`, "latin1").subarray(6);
    const { bytes } = codec.decode(pooled) as { bytes: Uint8Array };
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes.buffer.byteLength).toBe(3);
  });

  test("leaves out what is undefined, however many properties there are", () => {
    for (const size of [1, 15, 16, 17, 70_000]) {
      const entries = Array.from({ length: size }, (_, i): [string, unknown] => [`k${i}`, i]);
      const value = { ...Object.fromEntries(entries), gone: undefined, last: 1, also: undefined };
      expect(codec.decode(codec.encode(value))).toStrictEqual({ ...Object.fromEntries(entries), last: 1 });
    }
  });

  test("text of every length and script", () => {
    for (const size of [0, 1, 10, 11, 31, 32, 85, 86, 255, 256, 21_845, 21_846, 65_535, 65_536]) {
      for (const letter of ["a", "é", "€", "😀"]) {
        const value = [letter.repeat(size), "behind"];
        expect(codec.decode(codec.encode(value))).toStrictEqual(value);
      }
    }
  });

  test("keeps nothing of its input", () => {
    const encoded = codec.encode({ bytes: new Uint8Array([1, 2, 3]), text: "held" });
    const value = codec.decode(encoded);
    encoded.fill(0);
    expect(value).toStrictEqual({ bytes: new Uint8Array([1, 2, 3]), text: "held" });
  });

  test.each([
    ["undefined", undefined, "value"],
    ["a function", { p: { f: () => 1 } }, "value.p.f"],
    ["a symbol", [Symbol("s")], "value[0]"],
    ["NaN", { a: [1, Number.NaN] }, "value.a[1]"],
    ["an infinity", { a: -Infinity }, "value.a"],
    ["undefined in an array", [1, undefined], "value[1]"],
    ["a Map", { m: new Map() }, "value.m"],
    ["a regular expression", /x/, "value"],
    ["an error", new Error("x"), "value"],
    ["an invalid Date", new Date(Number.NaN), "value"],
    ["a Date beyond the year 9999", new Date(8e15), "value"],
    ["an integer beyond 64 bits", 2n ** 63n, "value"],
    ["half a surrogate pair", { a: "\ud800" }, "value.a"],
    ["half a surrogate pair in a key", { "\udc00": 1 }, "value"],
    ["a key __proto__", JSON.parse('{"__proto__":1}'), "value"],
  ])("refuses %s and names the place", (_name, value, path) => {
    expect(thrownBy(() => codec.encode(value))).toMatchObject({ code: "bad_value", path });
  });

  test("refuses cycles and depth beyond 64, and takes 64", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(thrownBy(() => codec.encode(cycle)).code).toBe("bad_value");
    let deep: unknown = { b: new Uint8Array(1) };
    for (let i = 1; i < 64; i++) deep = i % 2 === 0 ? [deep] : { deep };
    expect(codec.decode(codec.encode(deep))).toStrictEqual(deep);
    expect(thrownBy(() => codec.encode([deep])).code).toBe("bad_value");
  });

  test("takes as many items as the data model allows, bytes too, and not one more", () => {
    const full = Array.from({ length: MAX_NODES - 1 }, () => new Uint8Array(0));
    expect(codec.decode(codec.encode(full))).toHaveLength(MAX_NODES - 1);
    full.push(new Uint8Array(0));
    expect(thrownBy(() => codec.encode(full)).code).toBe("bad_value");
  });

  test("runs no toJSON of a value", () => {
    deepStrictEqual(codec.decode(codec.encode({ toJSON: "text", constructor: "text" })), { toJSON: "text", constructor: "text" });
  });

  test("whatever it decodes, it encodes again", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const decoded = codec.decode(codec.encode(value));
        assertValue(decoded);
        deepStrictEqual(codec.decode(codec.encode(decoded)), decoded);
      }),
    );
  });
});

test.each([msgpackCodec, recordCodec, capnpCodec])("json and $name carry the same value", (codec) => {
  fc.assert(fc.property(anyValue, (value) => deepStrictEqual(jsonCodec.decode(jsonCodec.encode(value)), codec.decode(codec.encode(value)))), { numRuns: 500 });
});

test("json keeps the order of keys and writes no spaces, so that a shell can match a line", () => {
  const line = new TextDecoder().decode(jsonCodec.encode({ t: "req", id: 1, m: "demo.echo", p: { z: 1, a: "x y" } }));
  expect(line).toBe('{"t":"req","id":1,"m":"demo.echo","p":{"z":1,"a":"x y"}}');
});

test("json text without special spellings is taken as it is", () => {
  expect(jsonCodec.decode(utf8(' { "a" : [ 1 , 2.50 , "\\n" ] } '))).toStrictEqual({ a: [1, 2.5, "\n"] });
});

test("integers beyond 32 bits are integers in msgpack, for readers that tell them from floats", () => {
  expect(msgpackCodec.encode(Date.UTC(2026, 0, 1))[0]).toBe(0xd3);
  expect(msgpackCodec.encode({ ms: -(2 ** 40) })[4]).toBe(0xd3);
});
