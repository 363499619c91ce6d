import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBytes, msgpackCodec, recordCodec, type DataFrame, type Frame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { canonical, fromHex, thrownBy } from "./canonical.js";

// Decoders remember keys and strings of the frames before: whatever came before, a frame must read the same.
const names = ["a", "b", "c", "aa", "ab", "id", "kind", "constructor", "1", "0", "é", "k".repeat(40)];
const item = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constantFrom(1, "buy", "sell", "buyx", "xbuy", null, "b\u00fcy", "x".repeat(24), `${"x".repeat(23)}y`, "x".repeat(25)), fc.array(tie("value"), { maxLength: 3 }), tie("map")),
  map: fc.shuffledSubarray(names).chain((keys) => fc.tuple(...keys.map(() => fc.oneof({ weight: 5, arbitrary: tie("value") }, { weight: 1, arbitrary: fc.constant(undefined) }))).map((values) => Object.fromEntries(keys.map((key, i) => [key, values[i]])))),
})).map;

describe.each([msgpackCodec, recordCodec, capnpCodec])("$name", (codec) => {
  test("frames with keys in common, in any order, read as they were sent", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(), { maxLength: 40 }), (maps, order) => {
        const encoder = codec.createEncoder();
        const decoder = codec.createDecoder();
        for (const at of order) {
          const frame: Frame = { t: "data", id: 1, d: maps[at % maps.length] };
          const out = createBytes();
          encoder.encode(frame, out, 1 << 20);
          deepStrictEqual(decoder.decode(out.bytes, 0, out.size), canonical(frame));
        }
      }),
      { numRuns: 400 },
    );
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 40])("maps of %i keys keep their order, each time", (size) => {
    const encoder = codec.createEncoder();
    const decoder = codec.createDecoder();
    const d = Object.fromEntries(Array.from({ length: size }, (_, i) => [`key${i * 7}`, i]));
    for (let i = 0; i < 5; i++) {
      const out = createBytes();
      encoder.encode({ t: "data", id: 1, d }, out, 1 << 20);
      const frame = decoder.decode(out.bytes, 0, out.size) as DataFrame;
      expect(Object.entries(frame.d as object)).toEqual(Object.entries(d));
    }
  });
});

test("a MessagePack key twice is refused at the top and the last one counts below, also where the keys were guessed", () => {
  const decoder = msgpackCodec.createDecoder();
  const decode = (hex: string): Frame | undefined => decoder.decode(fromHex(hex), 0, hex.length / 2);
  const [t, id, d] = ["a174a464617461", "a2696401", "a164"];
  const map = "82a16101a16202";
  for (let i = 0; i < 5; i++) expect(decode(`83${t}${id}${d}${map}`)).toEqual({ t: "data", id: 1, d: { a: 1, b: 2 } });
  expect(decode(`83${t}${id}${d}82a16101a16103`)).toEqual({ t: "data", id: 1, d: { a: 3 } });
  expect(decode(`83${t}${id}${d}82a16102a163${map}`)).toEqual({ t: "data", id: 1, d: { a: 2, c: { a: 1, b: 2 } } });
  expect(thrownBy(() => decode(`83${t}${id}a2696402`)).code).toBe("protocol_violation");
});
