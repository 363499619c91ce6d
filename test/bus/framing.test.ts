import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBytes, createFrameReader, createFrameWriter, encodeFrame, jsonCodec, msgpackCodec, recordCodec, type Codec, type Frame, type FrameReader } from "@sallyport/bus";
import { anyValue, canonical } from "./arbitrary.js";
import { thrownBy, utf8 } from "./canonical.js";

const LIMIT = 4096;
const SAMPLE: readonly Frame[] = [
  { t: "req", id: 1, m: "demo.echo", p: { text: "é€😀", bytes: new Uint8Array([10, 13, 0]) } },
  { t: "end", id: 1 },
  { t: "res", id: 1, r: "x".repeat(300) },
];

function reading(codec: Codec, maxBytes = LIMIT): { reader: FrameReader; frames: Frame[]; unknown(): number } {
  const frames: Frame[] = [];
  let unknown = 0;
  return { frames, unknown: () => unknown, reader: createFrameReader({ codec, maxBytes, onFrame: (frame) => frames.push(frame), onUnknown: () => unknown++ }) };
}

/** All frames of one connection: a codec with tables defines in the first what the others refer to. */
function bytesOf(codec: Codec, frames: readonly Frame[], maxBytes = LIMIT): Uint8Array {
  const out = createBytes(1);
  const writer = createFrameWriter(codec);
  for (const frame of frames) writer.write(frame, out, maxBytes);
  return out.bytes.slice(0, out.size);
}

describe.each([jsonCodec, msgpackCodec, recordCodec])("$name", (codec) => {
  test("any cut in two gives the same frames", () => {
    const bytes = bytesOf(codec, SAMPLE);
    for (let at = 0; at <= bytes.length; at++) {
      const { reader, frames } = reading(codec);
      // The chunk is overwritten after each push: a stream may reuse its buffer.
      for (const part of [bytes.slice(0, at), bytes.slice(at)]) {
        reader.push(part);
        part.fill(0xff);
      }
      reader.end();
      expect(frames).toStrictEqual(SAMPLE);
    }
  });

  test("any frames, cut anywhere, come out the same", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (values, sizes) => {
        const sent = values.map((d): Frame => ({ t: "data", id: 1, d: d ?? null }));
        const bytes = bytesOf(codec, sent, 1 << 20);
        const { reader, frames } = reading(codec, 1 << 20);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number;
          reader.push(Buffer.from(bytes).subarray(at, at + size));
          at += size;
        }
        reader.end();
        deepStrictEqual(frames, sent.map(canonical));
      }),
    );
  });

  test("an end inside a frame is an error, wherever it is", () => {
    const bytes = bytesOf(codec, SAMPLE.slice(0, 1));
    for (let at = 1; at < bytes.length; at++) {
      const { reader, frames } = reading(codec);
      reader.push(bytes.subarray(0, at));
      expect(frames).toEqual([]);
      expect(thrownBy(() => reader.end()).code).toBe("protocol_violation");
    }
  });

  test("takes a frame of exactly the limit and refuses one byte more", () => {
    const room = LIMIT - encodeFrame(codec, { t: "res", id: 1, r: "x".repeat(300) }, LIMIT).length + 300 + (codec.framing === "line" ? 1 : 4);
    const fits: Frame = { t: "res", id: 1, r: "x".repeat(room) };
    const over: Frame = { t: "res", id: 1, r: "x".repeat(room + 1) };
    const { reader, frames } = reading(codec);
    reader.push(encodeFrame(codec, fits, LIMIT));
    expect(frames).toStrictEqual([fits]);
    expect(thrownBy(() => encodeFrame(codec, over, LIMIT))).toMatchObject({ code: "frame_too_large" });
    expect(thrownBy(() => reader.push(encodeFrame(codec, over, LIMIT + 1))).code).toBe("frame_too_large");
  });

  test("a new limit counts from the next frame, also when it is set while reading", () => {
    const big: Frame = { t: "res", id: 1, r: "x".repeat(5000) };
    const frames: Frame[] = [];
    const reader = createFrameReader({
      codec, maxBytes: LIMIT,
      onFrame(frame) {
        frames.push(frame);
        reader.allow(8192);
      },
    });
    reader.push(Buffer.concat([encodeFrame(codec, { t: "ping", n: 1 }, LIMIT), encodeFrame(codec, big, 8192)]));
    expect(frames).toStrictEqual([{ t: "ping", n: 1 }, big]);
  });

  test("a type from the future is counted, not delivered", () => {
    const { reader, frames, unknown } = reading(codec);
    reader.push(encodeFrame(codec, { t: "teleport", id: 1 } as unknown as Frame, LIMIT));
    reader.push(encodeFrame(codec, { t: "pong", n: 1 }, LIMIT));
    expect([frames, unknown()]).toEqual([[{ t: "pong", n: 1 }], 1]);
  });

  test("a bad value is named as the author knows it", () => {
    expect(thrownBy(() => encodeFrame(codec, { t: "req", id: 1, m: "a.b", p: { amount: Number.NaN } }, LIMIT))).toMatchObject({ code: "bad_value", path: "params.amount", message: expect.stringContaining("params.amount is NaN") as string });
    expect(thrownBy(() => encodeFrame(codec, { t: "res", id: 1, r: [1, /x/] }, LIMIT))).toMatchObject({ path: "result[1]" });
  });
});

test("lines may end in CR LF, and empty lines are skipped", () => {
  const { reader, frames } = reading(jsonCodec, 20);
  for (const part of ["\n\r\n", '{"t":"ping","n":1}  ', "\r", "\n", '{"t":"ping","n":2}\n\n']) reader.push(utf8(part));
  reader.end();
  expect(frames).toEqual([{ t: "ping", n: 1 }, { t: "ping", n: 2 }]);
});

test("a line without end is refused once it is longer than the limit, without keeping it", () => {
  const { reader } = reading(jsonCodec);
  const chunk = utf8("x".repeat(1000));
  for (let i = 0; i < 4; i++) reader.push(chunk);
  expect(thrownBy(() => reader.push(chunk)).code).toBe("frame_too_large");
});

test("a frame in one-byte chunks costs no more than linear copying", () => {
  const frame: Frame = { t: "res", id: 1, r: "x".repeat(200_000) };
  for (const codec of [jsonCodec, msgpackCodec, recordCodec]) {
    const { reader, frames } = reading(codec, 1 << 20);
    const bytes = encodeFrame(codec, frame, 1 << 20);
    for (let i = 0; i < bytes.length; i++) reader.push(bytes.subarray(i, i + 1));
    expect(frames).toStrictEqual([frame]);
  }
});
