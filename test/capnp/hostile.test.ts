import { createBytes, createFrameReader, isSallyportError, jsonCodec, type Frame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyValue } from "../bus/arbitrary.js";
import { thrownBy } from "../bus/canonical.js";
import { far, halves, list, message, nil, struct, tag, text, type Word } from "./words.js";

const frameOf = (bytes: Uint8Array): Frame | undefined => capnpCodec.createDecoder().decode(bytes, 0, bytes.length);
const valueOf = (bytes: Uint8Array): unknown => capnpCodec.decode(bytes);

/** What the bytes are refused for. */
function refusal(run: () => unknown): string {
  const error = thrownBy(run);
  expect(error).toMatchObject({ code: "protocol_violation" });
  return error.message;
}

function encoded(frame: object): Uint8Array {
  const out = createBytes();
  capnpCodec.createEncoder().encode(frame as Frame, out, 1 << 24);
  return out.bytes.slice(0, out.size);
}

// Value: two data words (kind, payload), one pointer.
const NULL: Word = [0, 0];
const [INT, FLOAT, TEXT, BYTES, LIST, MAP, TIME] = ([1, 2, 3, 4, 5, 6, 8] as const).map((kind): Word => [kind, 0]) as [Word, Word, Word, Word, Word, Word, Word];
const root = struct(0, 2, 1);

describe("the table of segments", () => {
  it.each([
    ["nothing", []],
    ["half a word", [0]],
    ["as many segments as 32 bits can say", [0xffff_ffff, 0]],
    ["more segments than a reader takes", [512, ...Array.from({ length: 513 }, () => 0)]],
    ["segments whose sizes did not come", [3, 1]],
    ["a segment larger than the frame", [0, 2, 0, 0]],
    ["a segment of 32 GiB", [0, 0xffff_ffff, 0, 0]],
    ["words after the last segment", [0, 1, 0, 0, 0, 0]],
    ["no word for the root", [0, 0]],
  ])("of %s is refused", (_what, numbers) => {
    expect(refusal(() => frameOf(halves(numbers)))).toMatch(/^the capnp frame /);
    expect(refusal(() => valueOf(halves(numbers)))).toMatch(/^the capnp frame /);
  });

  it("cut anywhere, or with a byte more, is refused", () => {
    const bytes = encoded({ t: "req", id: 1, m: "demo.echo", p: { a: [1.5, 2n ** 60n, "é", new Uint8Array(3), new Date(0)], b: null } });
    for (let size = 0; size < bytes.length; size++) refusal(() => frameOf(bytes.subarray(0, size)));
    refusal(() => frameOf(Uint8Array.from([...bytes, 0])));
  });
});

describe("a root that is none", () => {
  it.each([
    ["null", nil],
    ["a list", list(0, 2, 0)],
    ["a capability", [3, 0]],
    ["an empty frame", struct(-1, 0, 0)],
  ] as [string, Word][])("%s", (_what, word) => void refusal(() => frameOf(message([word]))));

  it("a frame of the kind 'none'", () => expect(refusal(() => frameOf(message([struct(0, 3, 2), nil, nil, nil, nil, nil])))).toMatch(/is empty/));
  it("a frame of a kind from the future is left to be counted", () => expect(frameOf(message([struct(0, 3, 2), nil, [99, 0], nil, nil, nil]))).toBeUndefined());
});

describe("pointers", () => {
  it.each([
    ["beyond the end", [struct(1, 2, 1), NULL, nil, nil]],
    ["before the start", [struct(-2, 2, 1), NULL, nil, nil]],
    ["a struct that does not fit", [struct(0, 2, 2), NULL, nil, nil]],
    ["a list beyond the end", [root, TEXT, nil, list(0, 2, 1)]],
    ["a list before the start", [root, TEXT, nil, list(-5, 2, 1)]],
    ["a far pointer to a segment that did not come", [far(1, 0)]],
    ["a far pointer beyond its segment", [far(0, 9)]],
    ["a far pointer to a far pointer", [far(0, 1), far(0, 2), struct(-1, 0, 0)]],
    ["a far pointer to itself", [far(0, 0)]],
    ["a double far pointer to no far pointer", [far(0, 1, true), struct(0, 0, 0), struct(0, 2, 1), NULL, nil, nil]],
    ["a double far pointer to a double one", [far(0, 1, true), far(0, 3, true), struct(0, 2, 1), NULL, nil, nil]],
    ["a double far pointer whose tag is far", [far(0, 1, true), far(0, 3), far(0, 3), NULL, nil, nil]],
    ["a double far pointer to a place beyond", [far(0, 1, true), far(0, 4), struct(0, 2, 1), NULL, nil, nil]],
    ["a capability as text", [root, TEXT, nil, [3, 1]]],
  ] as [string, Word[]][])("%s", (_what, words) => void refusal(() => valueOf(message(words))));

  it("far ones, single and double, lead to the value", () => {
    expect(valueOf(message([far(1, 0)], [root, INT, [7, 0], nil]))).toBe(7);
    expect(valueOf(message([far(1, 0, true)], [far(2, 0), struct(0, 2, 1)], [INT, [7, 0], nil]))).toBe(7);
  });
});

describe("more out of less", () => {
  it("a list that holds itself", () => {
    // The element's own pointer leads to the tag of the list that it is in.
    expect(refusal(() => valueOf(message([root, LIST, nil, list(0, 7, 3), tag(1, 2, 1), LIST, nil, list(-4, 7, 3)])))).toMatch(/share a target|circles|nested/);
  });

  it("a cause that is its own cause", () => {
    const error: Word[] = Array.from({ length: 12 }, () => nil);
    error[8] = struct(-9, 2, 10);
    expect(refusal(() => frameOf(message([struct(0, 3, 2), [1, 0], [5, 0], nil, struct(1, 2, 10), nil, ...error])))).toMatch(/share a target|circles/);
  });

  it("a text that a thousand values share", () => {
    const count = 1000;
    const letters = 8192;
    const values = Array.from({ length: count }, (_, i): Word[] => [TEXT, nil, list(3 * (count - 1 - i), 2, letters)]).flat();
    const words = [root, LIST, nil, list(0, 7, 3 * count), tag(count, 2, 1), ...values, ...Array.from({ length: letters / 8 }, () => nil)];
    expect(refusal(() => valueOf(message(words)))).toMatch(/share a target/);
  });

  it("half a billion structs of no size", () => {
    expect(refusal(() => valueOf(message([root, LIST, nil, list(0, 7, 0), tag(2 ** 29, 0, 0)])))).toMatch(/share a target|words/);
    expect(refusal(() => valueOf(message([root, MAP, nil, list(0, 7, 0), tag(2 ** 29, 0, 0)])))).toMatch(/share a target|words/);
  });

  it("more structs than the list has words", () => void refusal(() => valueOf(message([root, LIST, nil, list(0, 7, 3), tag(2, 2, 1), NULL, nil, nil]))));
  it("a list that is longer than its segment", () => void refusal(() => valueOf(message([root, LIST, nil, list(0, 7, 2 ** 29 - 1), tag(1, 2, 1)]))));

  it("bytes and texts of more bytes than there are", () => {
    for (const kind of [TEXT, BYTES]) refusal(() => valueOf(message([root, kind, nil, list(0, 2, 2 ** 29 - 1), nil])));
  });

  it("nested 65 deep, and far deeper", () => {
    for (const depth of [65, 5000]) {
      const words: Word[] = [root, LIST, nil, list(0, 7, 3)];
      for (let i = 1; i < depth; i++) words.push(tag(1, 2, 1), LIST, nil, list(0, 7, 3));
      words.push(tag(1, 2, 1), NULL, nil, nil);
      expect(refusal(() => valueOf(message(words)))).toMatch(/nested deeper than 64/);
    }
  });

  it("a hundred thousand and one nulls", () => {
    const count = 100_000;
    const words = (size: number): Word[] => [root, LIST, nil, list(0, 7, 3 * size), tag(size, 2, 1), ...Array.from({ length: 3 * size }, () => nil)];
    expect(valueOf(message(words(count - 1)))).toHaveLength(count - 1);
    expect(refusal(() => valueOf(message(words(count))))).toMatch(/more than 100000 items/);
  });
});

describe("values that are none", () => {
  const float = (value: number): Word => {
    const bits = new DataView(new Float64Array([value]).buffer);
    return [bits.getUint32(0, true), bits.getUint32(4, true)];
  };
  it.each([
    ["NaN", [root, FLOAT, float(Number.NaN), nil]],
    ["infinity", [root, FLOAT, float(-Infinity), nil]],
    ["a kind that there is not", [root, [9, 0], nil, nil]],
    ["a time beyond the year 9999", [root, TIME, [0, 0x7fff_ffff], nil]],
    ["a time before the year 0", [root, TIME, [0, 0x8000_0000], nil]],
    ["text without its zero", [root, TEXT, nil, list(0, 2, 8), text("abcdefgh")]],
    ["text of no bytes", [root, TEXT, nil, list(0, 2, 0)]],
    ["text that is not UTF-8", [root, TEXT, nil, list(0, 2, 3), [0xffff, 0]]],
    ["text that is an overlong spelling", [root, TEXT, nil, list(0, 2, 3), [0x80c0, 0]]],
    ["text that is half of a pair", [root, TEXT, nil, list(0, 2, 4), [0x80_a0ed, 0]]],
    ["text that is a struct", [root, TEXT, nil, struct(-1, 0, 0)]],
    ["bytes that are a list of pointers", [root, BYTES, nil, list(0, 6, 0)]],
    ["a list of bits", [root, LIST, nil, list(0, 1, 8), nil]],
    ["a list of nothing", [root, LIST, nil, list(0, 0, 2 ** 29 - 1)]],
    ["a list of words", [root, LIST, nil, list(0, 5, 1), nil]],
    ["a list that is a struct", [root, LIST, nil, struct(-1, 0, 0)]],
    ["a list whose tag is no struct", [root, LIST, nil, list(0, 7, 0), list(0, 0, 0)]],
    ["a map with the key __proto__", [root, MAP, nil, list(0, 7, 2), tag(1, 0, 2), list(1, 2, 10), nil, text("__proto_"), [0x5f, 0]]],
    ["a map whose value is a list", [root, MAP, nil, list(0, 7, 2), tag(1, 0, 2), nil, list(0, 2, 0)]],
  ] as [string, Word[]][])("%s", (_what, words) => {
    refusal(() => valueOf(message(words)));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("left out is null, 0, false, empty: structs may be shorter, and longer", () => {
    expect(valueOf(message([nil]))).toBe(null);
    expect(valueOf(message([struct(-1, 0, 0)]))).toBe(null);
    expect(([1, 2, 3, 4, 5, 6, 7] as const).map((kind) => valueOf(message([struct(0, 1, 0), [kind, 0]])))).toEqual([0, 0, "", new Uint8Array(), [], {}, false]);
    expect(valueOf(message([struct(0, 3, 2), INT, [7, 0], [1, 1], nil, nil]))).toBe(7);
    expect(valueOf(message([root, MAP, nil, list(0, 7, 1), tag(1, 0, 1), nil]))).toEqual({ "": null });
  });

  it("a key twice: the last one counts below, none at the top", () => {
    expect(valueOf(message([root, MAP, nil, list(0, 7, 4), tag(2, 0, 2), nil, nil, nil, struct(0, 2, 1), INT, [7, 0], nil]))).toEqual({ "": 7 });
    for (const key of ["n", "t"]) {
      const bytes = encoded({ t: "ping", n: 1, X: 2 });
      bytes[bytes.indexOf(0x58)] = key.charCodeAt(0);
      expect(refusal(() => frameOf(bytes))).toMatch(/a key twice/);
    }
  });
});

describe("frames that the protocol refuses", () => {
  it.each([
    ["a request without an id", { t: "req", m: "a.b", p: 1 }],
    ["a request with an id that is no integer", { t: "req", id: 1.5, m: "a.b", p: 1 }],
    ["a request with an id beyond 2^53", { t: "req", id: 2n ** 60n, m: "a.b", p: 1 }],
    ["a request without a method", { t: "req", id: 1, p: 1 }],
    ["a request whose method is a number", { t: "req", id: 1, m: 7, p: 1 }],
    ["a negative deadline", { t: "req", id: 1, m: "a.b", p: 1, dl: -1 }],
    ["credit for nothing", { t: "credit", id: 1, n: 0 }],
    ["an error that is none", { t: "err", id: 1 }],
    ["a cancel without a reason", { t: "cancel", id: 1 }],
    ["progress that is a number", { t: "prog", id: 1, p: 5 }],
  ])("%s, as in JSON", (_what, frame) => {
    const line = jsonCodec.encode(frame);
    const json = thrownBy(() => jsonCodec.createDecoder().decode(line, 0, line.length));
    const capnp = thrownBy(() => frameOf(encoded(frame)));
    expect([json.code, capnp.code]).toEqual(["protocol_violation", "protocol_violation"]);
  });
});

describe("changed bytes", () => {
  it("are a value, or refused: never anything else, and never much", () => {
    fc.assert(
      fc.property(anyValue, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }), (value, changes) => {
        const bytes = encoded({ t: "req", id: 1, m: "demo.echo", p: value ?? null, meta: { tenant: "acme" } });
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const seen: Frame[] = [];
        const reader = createFrameReader({ codec: capnpCodec, maxBytes: 1 << 20, onFrame: (frame) => seen.push(frame) });
        try {
          reader.push(Uint8Array.from([0, 0, bytes.length >> 8, bytes.length & 0xff, ...bytes]));
        } catch (error) {
          expect(isSallyportError(error) && error.code).toBe("protocol_violation");
        }
        // What it took, every codec can carry.
        for (const frame of seen) expect(JSON.stringify(frameOf(encoded(frame)) ?? null, big)).toBe(JSON.stringify(frame, big));
      }),
      { numRuns: 2000 },
    );
  });
});

const big = (_key: string, item: unknown): unknown => (typeof item === "bigint" ? String(item) : item);

describe("the encoder", () => {
  it("sends nothing from the middle of a frame", () => {
    const encoder = capnpCodec.createEncoder();
    const out = createBytes();
    const value = { get a() { encoder.encode({ t: "ping", n: 1 }, out, 1000); return 1; } };
    expect(thrownBy(() => encoder.encode({ t: "res", id: 1, r: value }, out, 1000))).toMatchObject({ code: "bad_value" });
    expect(out.size).toBe(0);
  });

  it("a value that is another one when it is read again is refused, or one of both", () => {
    let reads = 0;
    const changing = { get a() { return reads++ === 0 ? 1 : undefined; }, b: 2 };
    const out = createBytes();
    expect(thrownBy(() => capnpCodec.createEncoder().encode({ t: "res", id: 1, r: [changing, () => 1] }, out, 1000))).toMatchObject({ code: "bad_value" });
    const growing = new Proxy([1], { get: (target, key) => (key === "length" ? ++reads : Reflect.get(target, key) ?? 1) });
    try {
      capnpCodec.createEncoder().encode({ t: "res", id: 1, r: growing }, out, 100_000);
      expect(frameOf(out.bytes.slice(0, out.size))).toMatchObject({ t: "res", id: 1 });
    } catch (error) {
      expect(error).toMatchObject({ code: "bad_value" });
    }
  });
});
