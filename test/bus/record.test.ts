import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBytes, jsonCodec, MAX_NODES, recordCodec, type Frame, type FrameDecoder, type FrameEncoder } from "@sallyport/bus";
import { anyValue } from "./arbitrary.js";
import { fromHex, thrownBy } from "./canonical.js";

const LIMIT = 1 << 20;

function encoded(encoder: FrameEncoder, frame: Frame, maxBytes = LIMIT): Uint8Array {
  const out = createBytes(1);
  encoder.encode(frame, out, maxBytes);
  return out.bytes.slice(0, out.size);
}

const decoded = (decoder: FrameDecoder, bytes: Uint8Array): Frame | undefined => decoder.decode(bytes, 0, bytes.length);

/** Values that share keys, so that shapes are met again, and some that no codec takes. */
const key = fc.constantFrom("a", "b", "c", "d", "constructor", "$x", "é", "__proto_");
const sharing: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 1, -1, "x", "é", 2n ** 60n, undefined),
    fc.oneof({ weight: 9, arbitrary: anyValue }, { weight: 1, arbitrary: fc.constantFrom("\ud800", Number.NaN, Symbol("s")) }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const id = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 33 }));
const name = fc.oneof(fc.constantFrom("a.b", "c", "$init"), fc.string({ maxLength: 300 }));
const meta = fc.record({ tenant: fc.string(), idem: fc.string() }, { requiredKeys: [] });
const anyFrame = fc.oneof(
  fc.record({ t: fc.constant("req"), id, m: name, p: sharing, dl: fc.nat(), cr: fc.nat(), in: fc.constant(true), par: fc.nat(), meta }, { requiredKeys: ["t", "id", "m", "p"] }),
  fc.record({ t: fc.constant("res"), id, r: sharing, w: fc.array(fc.record({ code: fc.string(), msg: fc.string() })) }, { requiredKeys: ["t", "id", "r"] }),
  fc.record({ t: fc.constant("err"), id, e: fc.record({ code: fc.string(), msg: fc.string(), data: sharing }) }),
  fc.record({ t: fc.constant("data"), id, d: sharing }),
  fc.record({ t: fc.constant("ev"), m: name, p: sharing, meta }, { requiredKeys: ["t", "m", "p"] }),
  fc.record({ t: fc.constant("credit"), id: fc.nat(), n: fc.nat() }),
  fc.record({ t: fc.constant("cancel"), id, why: fc.oneof(fc.constantFrom("deadline", "caller", "shutdown", "parent"), fc.string()) }),
  fc.record({ t: fc.constantFrom("end", "teleport"), id: fc.integer({ min: -1, max: 3 }) }),
) as fc.Arbitrary<Frame>;

test("any frames, some of them refused, arrive as through json, and the tables stay in step", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 30 }), fc.integer({ min: 30, max: 2000 }), (frames, maxBytes) => {
      const encoder = recordCodec.createEncoder();
      const decoder = recordCodec.createDecoder();
      const json = jsonCodec.createDecoder();
      const out = createBytes(1);
      for (const frame of frames) {
        const start = out.size;
        const spelled = attempt(() => encoded(jsonCodec.createEncoder(), frame, 1 << 30));
        const written = attempt(() => encoder.encode(frame, out, maxBytes));
        if (written.error !== undefined) {
          // The same words, or too large; in either case nothing was written.
          if (written.error.code !== "frame_too_large") deepStrictEqual([written.error.code, written.error.message], [spelled.error?.code, spelled.error?.message]);
          deepStrictEqual(out.size, start);
          continue;
        }
        deepStrictEqual(spelled.error, undefined);
        const wanted = attempt(() => decoded(json, spelled.value as Uint8Array));
        const got = attempt(() => decoder.decode(out.bytes, start, out.size));
        deepStrictEqual(got.error?.code, wanted.error?.code);
        if (got.error !== undefined) return;
        deepStrictEqual(got.value, wanted.value);
      }
    }),
    { numRuns: 1000 },
  );
});

function attempt<T>(run: () => T): { value?: T; error?: { code?: unknown; message: string } } {
  try {
    return { value: run() };
  } catch (error) {
    return { error: error as { code?: unknown; message: string } };
  }
}

test("no prefix, flip or garbage gives anything but a frame or a protocol_violation", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 60 }), (frames, at, flip, garbage) => {
      const encoder = recordCodec.createEncoder();
      const valid = frames.map((frame) => attempt(() => encoded(encoder, frame)).value).filter((bytes) => bytes !== undefined);
      const last = valid.pop() ?? garbage;
      const flipped = last.map((byte, i) => (i === at % last.length ? byte ^ flip : byte));
      for (const bytes of [last.subarray(0, at % (last.length + 1)), flipped, garbage, Uint8Array.from([...last, ...garbage])]) {
        const decoder = recordCodec.createDecoder();
        if (valid.some((one) => attempt(() => decoded(decoder, one)).error !== undefined)) return;
        const { value, error } = attempt(() => decoded(decoder, bytes));
        if (error !== undefined) expect(error.code).toBe("protocol_violation");
        else jsonCodec.encode(value ?? null);
      }
    }),
    { numRuns: 1000 },
  );
});

describe("tables are bounded", () => {
  test("beyond 256 shapes and 255 names, frames still arrive", () => {
    const encoder = recordCodec.createEncoder();
    const decoder = recordCodec.createDecoder();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 300; i++) {
        const frame: Frame = { t: "req", id: 1, m: `name.n${i}`, p: { [`k${i}`]: i, x: [{ y: i }] } };
        expect(decoded(decoder, encoded(encoder, frame))).toStrictEqual(frame);
      }
    }
  });

  test("keys that come once take no place: a dictionary stays a map", () => {
    const encoder = recordCodec.createEncoder();
    for (let i = 0; i < 500; i++) expect(encoded(encoder, { t: "data", id: 1, d: { [`account-${i}`]: 1, [`other-${i}`]: 2 } })[5]).toBe(0xec);
    const frame: Frame = { t: "data", id: 1, d: { a: 1 } };
    expect([1, 2, 3].map(() => encoded(encoder, frame)[5])).toEqual([0xec, 0xee, 0xa0]);
  });

  test("maps of 65 keys and keys of 100 characters arrive, again and again", () => {
    const encoder = recordCodec.createEncoder();
    const decoder = recordCodec.createDecoder();
    const wide = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]));
    const frame: Frame = { t: "data", id: 1, d: [wide, { ["k".repeat(100)]: 1 }, { ["é".repeat(64)]: 2 }] };
    for (let i = 0; i < 3; i++) expect(decoded(decoder, encoded(encoder, frame))).toStrictEqual(frame);
  });
});

describe("a value that is not as plain as it looks", () => {
  const frameOf = (d: unknown): Frame => ({ t: "data", id: 1, d });
  const plain = { a: 1, b: 2 };

  test("each property is read once where the shape is known", () => {
    const encoder = recordCodec.createEncoder();
    for (let i = 0; i < 3; i++) encoded(encoder, frameOf(plain));
    let reads = 0;
    const counting = { get a() { return ++reads; }, b: 2 };
    expect(decoded(recordCodec.createDecoder(), encoded(recordCodec.createEncoder(), frameOf(counting)))).toStrictEqual(frameOf({ a: 1, b: 2 }));
    encoded(encoder, frameOf(counting));
    expect(reads).toBe(2);
  });

  test("one that sends while it is read fails alone, and the frame around it arrives", () => {
    const encoder = recordCodec.createEncoder();
    const inner: unknown[] = [];
    const sending = { get a() { inner.push(attempt(() => encoded(encoder, frameOf(plain))).error?.code); return 1; }, b: 2 };
    expect(decoded(recordCodec.createDecoder(), encoded(encoder, frameOf(sending)))).toStrictEqual(frameOf(plain));
    expect(inner).toEqual(["bad_value"]);
  });

  test("a proxy that names other keys each time never confuses fields", () => {
    const encoder = recordCodec.createEncoder();
    const decoder = recordCodec.createDecoder();
    for (let i = 0; i < 3; i++) decoded(decoder, encoded(encoder, frameOf(plain)));
    let asked = 0;
    const shifty = new Proxy({ a: 1, b: 2 }, { ownKeys: () => (asked++ % 2 === 0 ? ["a", "b"] : ["b", "a"]) });
    for (let i = 0; i < 6; i++) {
      const { value, error } = attempt(() => encoded(encoder, frameOf(shifty)));
      if (value === undefined) expect(error?.code).toBe("bad_value");
      else expect(decoded(decoder, value)).toEqual(frameOf(plain));
    }
    expect(decoded(decoder, encoded(encoder, frameOf(plain)))).toStrictEqual(frameOf(plain));
  });

  test("an array that lies about its length", () => {
    for (const length of [1.5, -1, Number.NaN, "2", 2 ** 32 + 1]) {
      const lying = new Proxy([1, 2, 3], { get: (target, name) => (name === "length" ? length : (Reflect.get(target, name) as unknown)) });
      const { value, error } = attempt(() => encoded(recordCodec.createEncoder(), frameOf(lying)));
      if (value === undefined) expect(error?.code).toBe("bad_value");
      else expect(decoded(recordCodec.createDecoder(), value)?.t).toBe("data");
    }
  });

  test("a getter that throws, and bytes that lie about their length", () => {
    const encoder = recordCodec.createEncoder();
    expect(thrownBy(() => encoded(encoder, frameOf({ get a() { throw new Error("mine"); } }))).message).toContain("mine");
    const lying = Object.defineProperty(new Uint8Array([1, 2]), "length", { value: 9 });
    expect(decoded(recordCodec.createDecoder(), encoded(encoder, frameOf(lying)))).toStrictEqual(frameOf(new Uint8Array([1, 2])));
    expect(thrownBy(() => encoded(encoder, frameOf(Object.create(Uint8Array.prototype)))).code).toBe("bad_value");
  });
});

test("a frame that is much too large is given up before it is written", () => {
  const out = createBytes(1);
  for (const d of ["x".repeat(1 << 22), new Uint8Array(1 << 22), "é".repeat(1 << 22)]) {
    expect(thrownBy(() => recordCodec.createEncoder().encode({ t: "data", id: 1, d }, out, 1000)).code).toBe("frame_too_large");
  }
  expect([out.size, out.bytes.length < 10_000]).toEqual([0, true]);
});

describe("refused", () => {
  const text = (word: string): string => (0x40 + word.length).toString(16) + Buffer.from(word).toString("hex");
  const data = (payload: string): string => `0300000001${payload}`;

  test.each([
    ["nothing", ""], ["a kind that does not exist", "0800000001"], ["a flag of another kind", "1300000001e0"], ["a field that no data has", `83000000010080`],
    ["id 0", "0200000000e0"], ["half an id", "020000"], ["credit of 0", "050000000100000000"], ["a reason that does not exist", "070000000104"],
    ["a name that was not defined", "040500e0"], ["an empty name", "040040e0"], ["a name that is a number", "040005e0"], ["a name that is a map", "0400ec00000000e0"], ["a name of 257 characters", `0400e900000101${"61".repeat(257)}e0`],
    ["bytes after the end", data("e0e0")], ["a shape that was not defined", data("a0")], ["a far shape that was not defined", data("edff")], ["a shape of no keys", data("ee00")], ["a shape of 65 keys", data(`ee41${"4161".repeat(65)}`)],
    ["a shape with a key twice", data(`ee02${text("a")}${text("a")}0101`)], ["a shape with __proto__", data(`ee01${text("__proto__")}01`)], ["a shape with a key that is a number", data("ee010101")],
    ["a shape with a key of 65 bytes", data(`ee01e900000046${"61".repeat(70)}01`)], ["a map with a key twice", data(`ec00000002${text("a")}01${text("a")}01`)], ["a map with __proto__", data(`ec00000001${text("__proto__")}01`)],
    ["absent outside of a shape", data("ef")], ["absent in an array", data("81ef")], ["absent in a map", data(`ec00000001${text("a")}ef`)], ["apart below the payload", data("81f0e0")], ["apart twice", data("f0f0e0")], ["a tag without meaning", data("f1")],
    ["a shape of the connection inside apart", data("f0a0")], ["more items than bytes", data("ebffffffff")], ["more entries than bytes", data("ec7fffffff")], ["text longer than the frame", data("e9ffffffff61")], ["bytes longer than the frame", data("eaffffffff61")],
    ["text that is not UTF-8", data("41ff")], ["a surrogate in UTF-8", data("43eda080")], ["long text that is not UTF-8", data(`e900000028${"ff".repeat(40)}`)], ["NaN", data("e67ff8000000000000")], ["infinity", data("e67ff0000000000000")],
    ["a time that is none", data("e87ff8000000000000")], ["a time in the year 10000", data("e842ee7a8000000000")], ["a fraction of a millisecond", data("e83fe0000000000000")],
    ["nested 64 deep below the frame", data(`${"81".repeat(64)}e0`)], ["any frame that is no map", "00e0"], ["any frame without t", "00ec00000000"], ["further fields that are no map", "8200000001e0e0"],
    ["meta that is a number", `8100000001${"00"}${text("a.b")}e0ec00000001${text("meta")}01`],
  ])("%s", (_name, hex) => {
    const error = thrownBy(() => decoded(recordCodec.createDecoder(), fromHex(hex)));
    expect(error).not.toBeInstanceOf(RangeError);
    expect(error.code).toBe("protocol_violation");
  });

  test("more than 256 shapes", () => {
    const decoder = recordCodec.createDecoder();
    const define = (i: number): Uint8Array => fromHex(data(`ee01${text(`k${i}`)}01`));
    for (let i = 0; i < 256; i++) decoded(decoder, define(i));
    expect(thrownBy(() => decoded(decoder, define(256))).code).toBe("protocol_violation");
  });

  test("a small frame that would be many values", () => {
    const decoder = recordCodec.createDecoder();
    decoded(decoder, fromHex(data(`ee01${text("a")}e0`)));
    const count = MAX_NODES / 2 + 1;
    const head = `eb${count.toString(16).padStart(8, "0")}`;
    expect(thrownBy(() => decoded(decoder, fromHex(data(head + "a0e0".repeat(count))))).message).toContain("more than 100000 items");
  });
});

test("a key that every object inherits is an own property, also where Object.prototype has a setter for it", () => {
  const encoder = recordCodec.createEncoder();
  const decoder = recordCodec.createDecoder();
  const frame: Frame = { t: "data", id: 1, d: { constructor: 1, toString: "x", trap: 2 } };
  let set = 0;
  Object.defineProperty(Object.prototype, "trap", {
    configurable: true, get: () => 0,
    set() {
      set++;
    },
  });
  try {
    const seen = [1, 2, 3].map(() => decoded(decoder, encoded(encoder, frame)) as { d: object });
    expect(seen.map(({ d }) => ["constructor", "toString", "trap"].every((one) => Object.hasOwn(d, one)))).toEqual([true, true, true]);
    expect(set).toBe(0);
  } finally {
    delete (Object.prototype as { trap?: unknown }).trap;
  }
});
