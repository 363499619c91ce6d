import { describe, expect, test } from "vitest";
import { createBytes, recordCodec, type Frame } from "@sallyport/bus";

const LARGE = 40 << 10;
const frame = (p: unknown): Frame => ({ t: "req", id: 1, m: "a.b", p, dl: 1000 });

function encode(p: unknown, { given = false, maxBytes = 1 << 20 } = {}): { readonly bytes: Uint8Array; readonly attachment: Uint8Array | undefined } {
  const encoder = recordCodec.createEncoder({ attach: true });
  const out = createBytes();
  encoder.encode(frame(p), out, maxBytes, given);
  return { bytes: out.bytes.slice(0, out.size), attachment: encoder.attachment };
}

function decode({ bytes, attachment }: { readonly bytes: Uint8Array; readonly attachment: Uint8Array | undefined }): unknown {
  return (recordCodec.createDecoder().decode(bytes, 0, bytes.length, attachment) as { readonly p: unknown }).p;
}

const filled = (size: number): Uint8Array => new Uint8Array(size).fill(7);

describe("large bytes", () => {
  test("travel beside their frame, as a copy, and arrive as they are", () => {
    const value = filled(LARGE);
    const sent = encode({ name: "x", data: value });
    expect(sent.bytes.length).toBeLessThan(100);
    expect(sent.attachment).not.toBe(value);
    expect(decode(sent)).toEqual({ name: "x", data: value });
  });

  test("that are given away are not copied", () => {
    const value = filled(LARGE);
    const sent = encode(value, { given: true });
    expect(sent.attachment).toBe(value);
    expect(decode(sent)).toBe(value);
  });

  test("are copied although given away where their buffer holds something else, or is a Buffer", () => {
    const part = filled(LARGE + 1).subarray(1);
    expect(encode(part, { given: true }).attachment).toEqual(filled(LARGE));
    expect(encode(part, { given: true }).attachment?.buffer.byteLength).toBe(LARGE);
    const buffer = Buffer.alloc(LARGE, 7);
    expect(Object.getPrototypeOf(encode(buffer, { given: true }).attachment)).toBe(Uint8Array.prototype);
  });

  test("are attached once a frame; further ones, and small ones, are written into it", () => {
    const sent = encode([filled(LARGE), filled(LARGE), filled(10)]);
    expect(sent.bytes.length).toBeGreaterThan(LARGE);
    expect(decode(sent)).toEqual([filled(LARGE), filled(LARGE), filled(10)]);
    expect(encode(filled(10)).attachment).toBeUndefined();
  });

  test("count for the size of the frame", () => {
    expect(() => encode(filled(LARGE), { maxBytes: LARGE })).toThrow(expect.objectContaining({ code: "frame_too_large" }));
    expect(encode(filled(LARGE), { maxBytes: LARGE + 100 }).attachment?.length).toBe(LARGE);
  });

  test("stay in the frame on a wire that cannot move them", () => {
    const encoder = recordCodec.createEncoder();
    const out = createBytes();
    encoder.encode(frame(filled(LARGE)), out, 1 << 20);
    expect([out.size > LARGE, encoder.attachment]).toEqual([true, undefined]);
  });

  test("are forgotten with the frame that failed, and with the next one", () => {
    const encoder = recordCodec.createEncoder({ attach: true });
    const out = createBytes();
    expect(() => encoder.encode(frame([filled(LARGE), () => 1]), out, 1 << 20)).toThrow();
    expect(encoder.attachment).toBeUndefined();
    encoder.encode(frame(filled(LARGE)), out, 1 << 20);
    encoder.encode(frame(1), out, 1 << 20);
    expect(encoder.attachment).toBeUndefined();
  });

  test("that are missing, or that nothing refers to, break the protocol", () => {
    const { bytes } = encode(filled(LARGE));
    const violation = expect.objectContaining({ code: "protocol_violation" });
    expect(() => decode({ bytes, attachment: undefined })).toThrow(violation);
    expect(() => decode({ bytes: encode(1).bytes, attachment: filled(LARGE) })).toThrow(violation);
  });
});
