import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBytes, jsonCodec, msgpackCodec, recordCodec, shared, type Codec, type EventFrame, type Frame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { anyValue, canonical } from "./arbitrary.js";
import { thrownBy } from "./canonical.js";

function through(codec: Codec, frames: readonly Frame[]): (Frame | undefined)[] {
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  return frames.map((frame) => {
    const out = createBytes();
    encoder.encode(frame, out, 1 << 20);
    return decoder.decode(out.bytes, 0, out.size);
  });
}

function forged(codec: Codec): Uint8Array {
  const bytes = codec.encode({ t: "ev", m: "a.b", p: 1, s: { value: 2 } });
  // Kind 0 of records: any frame, as a map.
  return codec === recordCodec ? Uint8Array.from([0, ...bytes]) : bytes;
}

/** No encoder writes `s`, and a frame of Cap'n Proto is no map: the name of another field is changed in the bytes. */
function renamed(): Uint8Array {
  const out = createBytes();
  capnpCodec.createEncoder().encode({ t: "ev", m: "a.b", p: 1, X: { value: 2 } } as Frame, out, 1000);
  const frame = out.bytes.slice(0, out.size);
  frame[frame.indexOf(0x58)] = 0x73;
  return frame;
}

describe.each([jsonCodec, msgpackCodec, recordCodec, capnpCodec])("$name", (codec) => {
  test("a shared payload arrives as a plain one does, between frames that use the tables", () => {
    const rows = [{ a: 1, b: "x" }, { a: 2, b: "y" }, { a: 3, b: "z" }];
    fc.assert(
      fc.property(anyValue, fc.option(fc.constant({ tenant: "acme" }), { nil: undefined }), (value, meta) => {
        const p = value ?? null;
        const plain: EventFrame = { t: "ev", m: "a.b", p: [p, rows], ...(meta && { meta }) };
        const both: EventFrame = { ...plain, s: shared(plain.p) };
        const [first, second, third, fourth] = through(codec, [plain, both, both, plain]);
        for (const frame of [first, second, third, fourth]) deepStrictEqual(frame, canonical(plain));
      }),
    );
  });

  test("is encoded once, whatever the number of receivers", () => {
    let reads = 0;
    const value = { get amount() { return ++reads; } };
    const s = shared(value);
    s.encodedBy("other", () => new Uint8Array(1));
    const [first] = through(codec, [{ t: "ev", m: "a.b", p: value, s }]);
    const readsOfOne = reads;
    for (let i = 0; i < 5; i++) expect(through(codec, [{ t: "ev", m: "a.b", p: value, s }])).toStrictEqual([first]);
    expect(reads).toBe(readsOfOne);
  });

  test("what cannot cross is refused for each receiver, and named as the author knows it", () => {
    const value = { amounts: [1, Number.NaN] };
    const s = shared(value);
    for (let i = 0; i < 2; i++) expect(thrownBy(() => through(codec, [{ t: "ev", m: "a.b", p: value, s }]))).toMatchObject({ code: "bad_value", path: "payload.amounts[1]" });
    const meta = { tenant: Symbol("acme") } as unknown as { tenant: string };
    expect(thrownBy(() => through(codec, [{ t: "ev", m: "a.b", p: 1, s: shared(1), meta }]))).toMatchObject({ code: "bad_value", message: expect.stringContaining("meta.tenant is a symbol") as string });
    let deep: unknown = 1;
    for (let i = 0; i < 64; i++) deep = [deep];
    expect(thrownBy(() => through(codec, [{ t: "ev", m: "a.b", p: deep, s: shared(deep) }])).code).toBe("bad_value");
  });

  test("counts towards the limit of a frame", () => {
    const out = createBytes();
    const value = "x".repeat(2000);
    expect(thrownBy(() => codec.createEncoder().encode({ t: "ev", m: "a.b", p: value, s: shared(value) }, out, 1000)).code).toBe("frame_too_large");
    expect(out.size).toBe(0);
  });

  test("from a wire it is dropped: nobody can plant one", () => {
    const frame = codec === capnpCodec ? renamed() : forged(codec);
    expect(codec.createDecoder().decode(frame, 0, frame.length)).toStrictEqual({ t: "ev", m: "a.b", p: 1 });
  });
});
