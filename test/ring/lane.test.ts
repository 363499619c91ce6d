import fc from "fast-check";
import { createLaneReader, createLaneWriter, createLinkMemory, laneOf } from "@sallyport/ring";
import { describe, expect, test } from "vitest";

const LANE_BYTES = 1024;
const HEADER_BYTES = 4;
/** Most that a ring of this size takes inline. */
const MAX_INLINE = LANE_BYTES / 4;

function ends(laneBytes = LANE_BYTES) {
  const lane = laneOf(createLinkMemory(laneBytes), "toHost");
  return { writer: createLaneWriter(lane), reader: createLaneReader(lane) };
}
const bodyOf = (length: number, mark: number): Uint8Array => new Uint8Array(length).fill(mark & 0xff);
const taken = (length: number): number => HEADER_BYTES + Math.ceil(length / 4) * 4;

describe("a lane behaves like a queue of bounded bytes", () => {
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.integer({ min: 0, max: MAX_INLINE }) }) },
    { weight: 2, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 6 }) }) },
  );

  test("for every order of writing and reading", () => {
    fc.assert(fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const { writer, reader } = ends();
      const queue: Uint8Array[] = [];
      let mark = 0;
      // The reader copies out all that is there, so the ring is empty after each copy.
      let used = 0;
      let copied = 0;
      for (const step of actions) {
        if ("put" in step) {
          const fits = writer.fits(step.put, 0);
          expect(fits).toBe(used + taken(step.put) <= LANE_BYTES);
          if (!fits) continue;
          const body = bodyOf(step.put, ++mark);
          // Bytes around the body must not matter.
          writer.put(0, 0, new Uint8Array([255, ...body, 255]), 1, 1 + body.length);
          queue.push(body);
          used += taken(step.put);
        } else {
          for (let i = 0; i < step.take; i++) {
            if (copied === 0) [copied, used] = [queue.length, 0];
            const expected = queue.shift();
            expect(reader.next()).toBe(expected !== undefined);
            if (expected === undefined) break;
            copied--;
            expect(reader.flags).toBe(0);
            expect(reader.bytes.slice(reader.start, reader.end)).toEqual(expected);
          }
        }
      }
    }));
  });

  test("for every length, at every place of the ring's end", () => {
    const { writer, reader } = ends();
    for (let round = 0; round < 8; round++) {
      for (let length = 0; length <= MAX_INLINE; length++) {
        expect(writer.fits(length, 0)).toBe(true);
        writer.put(0, 0, bodyOf(length, length + round), 0, length);
        expect(reader.next()).toBe(true);
        expect(reader.bytes.slice(reader.start, reader.end)).toEqual(bodyOf(length, length + round));
        expect(reader.next()).toBe(false);
      }
    }
  });

  test("filled to the last byte, and not one more", () => {
    const { writer, reader } = ends();
    const body = bodyOf(28, 1);
    for (let i = 0; i < LANE_BYTES / 32; i++) {
      expect(writer.fits(28, 0)).toBe(true);
      writer.put(0, 0, body, 0, 28);
    }
    expect(writer.fits(0, 0)).toBe(false);
    for (let i = 0; i < LANE_BYTES / 32; i++) expect(reader.next()).toBe(true);
    expect(reader.next()).toBe(false);
    expect(writer.fits(MAX_INLINE, 0)).toBe(true);
  });

  test("when its positions wrap at 32 bits", () => {
    const { writer, reader } = ends(256 << 10);
    const body = bodyOf(32 << 10, 7);
    for (let bytes = 0, mark = 0; bytes < 2 ** 32 + 2 ** 20; bytes += taken(body.length), mark++) {
      body[5] = mark & 0xff;
      if (!writer.fits(body.length, 0)) throw new Error(`no room after ${bytes} bytes`);
      writer.put(0, 0, body, 0, body.length);
      if (!reader.next() || reader.bytes[reader.start + 5] !== (mark & 0xff) || reader.end - reader.start !== body.length) throw new Error(`other bytes after ${bytes}`);
    }
    expect(reader.next()).toBe(false);
  });
});

describe("words", () => {
  test("a reader that announces sleep is woken once", () => {
    const { writer, reader } = ends();
    expect(reader.sleep()).toBe(true);
    writer.put(0, 0, bodyOf(1, 1), 0, 1);
    expect([writer.wakes(), writer.wakes()]).toEqual([true, false]);
  });

  test("a reader does not fall asleep over a record", () => {
    const { writer, reader } = ends();
    writer.put(0, 0, bodyOf(1, 1), 0, 1);
    expect(reader.sleep()).toBe(false);
    expect(writer.wakes()).toBe(false);
    expect(reader.next()).toBe(true);
    expect(reader.sleep()).toBe(true);
  });

  test("a writer that waits for room is told once, when there is some", () => {
    const { writer, reader } = ends();
    expect(reader.kicks()).toBe(false);
    writer.awaitRoom();
    expect([reader.kicks(), reader.kicks()]).toEqual([true, false]);
  });

  test("bytes by the port are bounded until the reader has taken them, but a single large one may go", () => {
    const { writer, reader } = ends();
    expect(writer.fits(0, 65 << 20)).toBe(true);
    writer.put(1, 65 << 20, bodyOf(0, 0), 0, 0);
    expect(writer.fits(0, 1)).toBe(false);
    expect(writer.fits(0, 0)).toBe(true);
    reader.took(65 << 20);
    expect(writer.fits(0, 1)).toBe(true);
  });

  test.each([1000, 1 << 9, 2 ** 40, -1, 0, Number.NaN])("a ring of %d bytes is refused", (bytes) => {
    expect(() => createLinkMemory(bytes)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
