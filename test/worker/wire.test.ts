import { recordCodec, createBytes, type Frame } from "@sallyport/bus";
import { createThreadWire, type ThreadWire } from "@sallyport/guest";
import { describe, expect, test } from "vitest";

interface Sent {
  readonly body: Uint8Array;
  readonly attachment: Uint8Array | undefined;
}
const LARGE = 40_000;

/** A wire whose link keeps what it is given. */
function wire(): ThreadWire & { readonly sent: Sent[]; through(frame: Frame, given?: boolean): Frame | undefined } {
  const sent: Sent[] = [];
  const made = createThreadWire({
    send(bytes, start, end, attachment) {
      sent.push({ body: bytes.slice(start, end), attachment });
      return true;
    },
    sendSoon(bytes, start, end) {
      return this.send(bytes, start, end);
    },
  });
  return {
    ...made, sent,
    through(frame, given) {
      made.send(frame, 1 << 20, given);
      const { body, attachment } = sent.at(-1) as Sent;
      return made.read(body, 0, body.length, attachment);
    },
  };
}

describe("frames between threads", () => {
  const bytes = new Uint8Array(LARGE).map((_, i) => i);
  test.each<Frame>([
    { t: "req", id: 1, m: "a.x", p: bytes, dl: 100 },
    { t: "res", id: 1, r: bytes },
    { t: "data", id: 1, d: bytes },
    { t: "ev", m: "a.x", p: bytes },
  ])("large bytes travel beside a '$t', copied once", (frame) => {
    const { through, sent } = wire();
    expect(through(frame)).toEqual(frame);
    expect(sent[0]?.body.length).toBeLessThan(100);
    expect(sent[0]?.attachment).not.toBe(bytes);
  });

  test("bytes that the caller gives away are not copied", () => {
    const { through, sent } = wire();
    expect(through({ t: "req", id: 1, m: "a.x", p: bytes }, true)).toEqual({ t: "req", id: 1, m: "a.x", p: bytes });
    expect(sent[0]?.attachment).toBe(bytes);
  });

  test("a Buffer arrives as plain bytes, and what only looks like bytes does not pass for them", () => {
    const { through, send, sent } = wire();
    const arrived = (through({ t: "res", id: 1, r: Buffer.alloc(LARGE, 7) }) as { r: Uint8Array }).r;
    expect(Object.getPrototypeOf(arrived)).toBe(Uint8Array.prototype);
    const fake = Object.create(Uint8Array.prototype, { length: { value: 1e9 } }) as unknown;
    expect(() => send({ t: "res", id: 1, r: fake }, 1 << 20)).toThrow(expect.objectContaining({ code: "bad_value" }));
    expect(sent).toHaveLength(1);
  });

  test("a frame above the limit is not sent, and the next one is read", () => {
    const { send, through, sent } = wire();
    expect(() => send({ t: "res", id: 1, r: bytes }, LARGE)).toThrow(expect.objectContaining({ code: "frame_too_large" }));
    expect(() => send({ t: "res", id: 1, r: { text: "x".repeat(LARGE) } }, LARGE)).toThrow(expect.objectContaining({ code: "frame_too_large" }));
    expect(sent).toEqual([]);
    expect(through({ t: "res", id: 1, r: { text: "x" } })).toEqual({ t: "res", id: 1, r: { text: "x" } });
  });

  test.each<Frame>([{ t: "res", id: 1, r: { place: "taken" } }, { t: "ping", n: 1 }, { t: "end", id: 1 }])("bytes beside a '$t' that has no place for them are refused", (frame) => {
    const out = createBytes();
    recordCodec.createEncoder().encode(frame, out, 1 << 20);
    expect(() => wire().read(out.bytes, 0, out.size, bytes)).toThrow(expect.objectContaining({ code: "protocol_violation" }));
  });
});
