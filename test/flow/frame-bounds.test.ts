import { boundsOf, createBytes, DEFAULT_LIMITS, jsonCodec, msgpackCodec, recordCodec, shared, type Codec, type Frame, type FrameBounds } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { describe, expect, it } from "vitest";

const CODECS: readonly Codec[] = [jsonCodec, msgpackCodec, recordCodec, capnpCodec];
const BOUNDS: FrameBounds = boundsOf({ frameItems: 100, frameDepth: 6 });

function encoded(codec: Codec, frame: Frame, bounds?: FrameBounds): Uint8Array {
  const out = createBytes();
  const encoder = codec.createEncoder();
  if (bounds !== undefined) encoder.bound?.(bounds);
  encoder.encode(frame, out, 1 << 20);
  return out.bytes.slice(0, out.size);
}

function read(codec: Codec, bytes: Uint8Array, bounds = BOUNDS): unknown {
  const decoder = codec.createDecoder();
  decoder.bound?.(bounds);
  return decoder.decode(bytes, 0, bytes.length);
}

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}
// The frame is one level and one item, its `t` and `id` are two more.
const nested = (levels: number): Frame => ({ t: "res", id: 1, r: deep(levels) });
const wide = (items: number): Frame => ({ t: "res", id: 1, r: Array.from({ length: items }, () => null) });
const FITS_DEPTH = 5;
const FITS_ITEMS = { json: 96, msgpack: 96, record: 99, capnp: 96 };

describe.each(CODECS)("a frame as $name", (codec) => {
  const most = FITS_ITEMS[codec.name as keyof typeof FITS_ITEMS];

  it("within the bounds is read and written", () => {
    expect(read(codec, encoded(codec, nested(FITS_DEPTH), BOUNDS))).toMatchObject({ id: 1 });
    expect(read(codec, encoded(codec, wide(most), BOUNDS))).toMatchObject({ id: 1 });
  });

  it.each([["deep", nested(FITS_DEPTH + 1)], ["deep by far", nested(60)], ["wide", wide(most + 1)], ["wide by far", wide(40_000)]])("too %s is refused by the reader", (_what, frame) => {
    expect(() => read(codec, encoded(codec, frame))).toThrow(expect.objectContaining({ code: "frame_too_complex" }));
  });

  it.each([["deep", nested(FITS_DEPTH + 1)], ["wide", wide(most + 1)]])("too %s is refused by the writer, with the path", (_what, frame) => {
    expect(() => encoded(codec, frame, BOUNDS)).toThrow(expect.objectContaining({ code: "frame_too_complex", path: expect.stringMatching(/^result/) }));
  });

  it("leaves what was written before as it was, and can go on", () => {
    const out = createBytes();
    const encoder = codec.createEncoder();
    encoder.bound?.(BOUNDS);
    encoder.encode(nested(1), out, 1 << 20);
    const { size } = out;
    expect(() => encoder.encode(wide(1000), out, 1 << 20)).toThrow();
    expect(out.size).toBe(size);
    encoder.encode(nested(2), out, 1 << 20);
    expect(out.size).toBeGreaterThan(size);
  });

  it("of an event that was encoded for many is held to the bounds of each", () => {
    const payload = Array.from({ length: 200 }, () => 0);
    const event: Frame = { t: "ev", m: "a.b", p: payload, s: shared(payload) };
    expect(() => encoded(codec, event, BOUNDS)).toThrow(expect.objectContaining({ code: "frame_too_complex" }));
    expect(read(codec, encoded(codec, event, boundsOf(DEFAULT_LIMITS)), boundsOf(DEFAULT_LIMITS))).toEqual({ t: "ev", m: "a.b", p: payload });
    const small: Frame = { t: "ev", m: "a.b", p: [1], s: shared([1]) };
    expect(read(codec, encoded(codec, small, BOUNDS))).toEqual({ t: "ev", m: "a.b", p: [1] });
  });
});

it("a limit too small for the protocol's own frames counts as what they need", () => {
  const least = boundsOf({ frameItems: 1, frameDepth: 1 });
  const crash = { code: "plugin_crashed", msg: "it ended", crash: { exitCode: 1, stderrTail: ["one", "two"] } };
  for (const codec of CODECS) expect(read(codec, encoded(codec, { t: "err", id: 1, e: crash }, least), least)).toMatchObject({ e: crash });
});
