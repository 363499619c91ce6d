import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import type { SallyportError } from "@sallyport/bus";
import { createLinkMemory, createLinks, laneOf, type Link } from "@sallyport/ring";
import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "./pair.js";

const LANE_BYTES = 4096;
// The words of a lane as README.md names them, by index.
const [TAIL, HEAD, TAKEN] = [0, 16, 64];
const BY_PORT = 1;
const ATTACHED = 2;
const WAKE = 0;

/** A host's end, and the bare memory and port of a guest that does as it likes. */
function host() {
  const memory = createLinkMemory(LANE_BYTES);
  const { port1, port2 } = new MessageChannel();
  const violations: SallyportError[] = [];
  const frames: number[] = [];
  const link: Link = createLinks({ poll: false }).open(memory, port1, {
    onFrame: (bytes, start, end, attachment) => {
      expect(bytes.subarray(start, end).length).toBe(end - start);
      frames.push(end - start + (attachment?.length ?? 0));
    },
    onNote() {}, onDrained() {}, onViolation: (error) => void violations.push(error), maxFrameBytes: () => 1 << 16, maxQueuedBytes: 1 << 20, busy: () => true,
  });
  onTestFinished(() => {
    link.close();
    port2.close();
  });
  const toHost = laneOf(memory, "toHost");
  const record = (at: number, length: number, flags = 0): void => toHost.view.setUint32(at, (length << 2) | flags, true);
  const publish = (tail: number): void => {
    Atomics.store(toHost.words, TAIL, tail);
    port2.postMessage(WAKE);
  };
  return { link, port: port2, toHost, toGuest: laneOf(memory, "toGuest"), violations, frames, record, publish };
}
type Host = ReturnType<typeof host>;

describe("a guest that writes what it likes into shared memory", () => {
  test.each<[string, (at: Host) => void]>([
    ["more bytes than the ring has", ({ publish }) => publish(LANE_BYTES + 4)],
    ["bytes before the start", ({ publish }) => publish(-4)],
    ["the farthest position", ({ publish }) => publish(-(2 ** 31))],
    ["a torn record", ({ publish }) => publish(6)],
    ["a record longer than any", ({ record, publish }) => (record(0, 0x3fff_ffff), publish(LANE_BYTES))],
    ["a record longer than what is there", ({ record, publish }) => (record(0, 100), publish(8))],
    ["a record behind a good one", ({ record, publish }) => (record(0, 4), record(8, 1000), publish(16))],
    ["a message that was never posted", ({ record, publish }) => (record(0, 0, BY_PORT), publish(4))],
    ["an attachment that was never posted", ({ record, publish }) => (record(0, 0, ATTACHED), publish(4))],
    ["a number for a frame", ({ port, record, publish }) => (port.postMessage(7), record(0, 0, BY_PORT), publish(4))],
    ["null for a frame", ({ port, record, publish }) => (port.postMessage(null), record(0, 0, BY_PORT), publish(4))],
    ["an object with a length", ({ port, record, publish }) => (port.postMessage({ length: 4 }), record(0, 0, BY_PORT), publish(4))],
    ["words for a frame", ({ port, record, publish }) => (port.postMessage(new Uint16Array(4)), record(0, 0, BY_PORT), publish(4))],
    ["shared bytes for a frame", ({ port, record, publish }) => (port.postMessage(new Uint8Array(new SharedArrayBuffer(8))), record(0, 0, BY_PORT), publish(4))],
    ["a part of a buffer", ({ port, record, publish }) => (port.postMessage(new Uint8Array(8).subarray(4)), record(0, 0, BY_PORT), publish(4))],
    ["a note for an attachment", ({ port, record, publish }) => (port.postMessage("note"), record(0, 0, ATTACHED), publish(4))],
    ["a note without end", ({ port, record, publish }) => (port.postMessage("x".repeat(1 << 20)), record(0, 0, BY_PORT), publish(4))],
    ["messages without a record", ({ port }) => { for (let i = 0; i < 5000; i++) port.postMessage("x"); }],
  ])("%s", async (_name, attack) => {
    const at = host();
    attack(at);
    await until(() => expect(at.violations).toMatchObject([{ code: "protocol_violation" }]));
    expect(at.frames.every((bytes) => bytes === 4)).toBe(true);
    expect(at.link.send(new Uint8Array(4), 0, 4)).toBe(true);
  });

  test.each([[HEAD, 8192], [HEAD, -LANE_BYTES - 4], [HEAD, 2 ** 31 - 1]])("a reader's word %i of %i does not let the host write over itself", (word, value) => {
    const { link, toGuest, violations } = host();
    Atomics.store(toGuest.words, word, value);
    for (let i = 0; i < 100 && violations.length === 0; i++) link.send(new Uint8Array(100), 0, 100);
    expect(violations).toMatchObject([{ code: "protocol_violation" }]);
  });

  test("bytes that it claims to have taken are counted", () => {
    const { link, toGuest, violations } = host();
    Atomics.store(toGuest.words, TAKEN, 1);
    link.send(new Uint8Array(1), 0, 1, new Uint8Array(10));
    expect(violations).toMatchObject([{ code: "protocol_violation" }]);
  });

  test("doorbells and nothing else wake nobody's handlers", async () => {
    const { port, violations, frames } = host();
    for (let i = 0; i < 5000; i++) port.postMessage(WAKE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([violations, frames]).toEqual([[], []]);
  });

  test("any bytes and any words end in frames within their bounds or one violation", async () => {
    await fc.assert(fc.asyncProperty(
      fc.uint8Array({ maxLength: LANE_BYTES }), fc.array(fc.tuple(fc.nat(79), fc.integer()), { maxLength: 6 }), fc.oneof(fc.nat(LANE_BYTES / 4).map((n) => n * 4), fc.integer()),
      async (bytes, words, tail) => {
        const at = host();
        at.toHost.bytes.set(bytes);
        for (const [word, value] of words) if (word !== TAIL) Atomics.store(at.toHost.words, word, value);
        at.publish(tail);
        for (let turns = 0; turns < 8; turns++) await new Promise((resolve) => setImmediate(resolve));
        at.link.send(new Uint8Array(50), 0, 50);
        expect(at.violations.length).toBeLessThanOrEqual(1);
        for (const error of at.violations) expect(error.code).toBe("protocol_violation");
        at.link.close();
        at.port.close();
      },
    ), { numRuns: 200 });
  });
});
