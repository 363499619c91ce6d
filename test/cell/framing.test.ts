import { createOutput, framingOf } from "@sallyport/cell/inside";
import fc from "fast-check";
import { closeSync, openSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const body = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => bytes.map((byte) => (byte === 10 ? 11 : byte)));

describe.each(["json", "msgpack"] as const)("frames of %s", (codec) => {
  it("are the same, wherever the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }), (frames, cuts) => {
        const seen: number[][] = [];
        const framing = framingOf(codec, (frame) => seen.push([...frame]));
        const stream = Uint8Array.from(frames.flatMap((frame) => framing.wrap(frame).flatMap((part) => [...part])));
        for (let at = 0, i = 0; at < stream.length; at += cuts[i++ % cuts.length] as number) {
          const chunk = stream.slice(at, at + (cuts[i % cuts.length] as number));
          framing.push(chunk);
          // What was pushed is the caller's again.
          chunk.fill(0);
        }
        expect(seen).toEqual(frames.map((frame) => [...frame]));
      }),
      { numRuns: 500 },
    );
  });

  it("a long one that comes byte by byte takes time in proportion", () => {
    const seen: number[] = [];
    const framing = framingOf(codec, (frame) => seen.push(frame.length));
    const stream = Buffer.concat(framing.wrap(new Uint8Array(200_000).fill(32)));
    for (let at = 0; at < stream.length; at++) framing.push(stream.subarray(at, at + 1));
    expect(seen).toEqual([200_000]);
  });
});

describe("what a cell writes", () => {
  it("arrives whole and in order, whatever its sizes", () => {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let runs = 0;
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat({ max: 20_000 }), { maxLength: 3 }), { maxLength: 10 }), (writes) => {
        const file = join(folder, String(runs++));
        const descriptor = openSync(file, "w");
        const output = createOutput(descriptor);
        let next = 0;
        const parts = writes.map((sizes) => sizes.map((size) => new Uint8Array(size).fill(next++ & 0xff)));
        for (const each of parts) output.write(each);
        output.flush();
        closeSync(descriptor);
        expect(Buffer.compare(readFileSync(file), Buffer.concat(parts.flat()))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
