import { laneOf } from "@sallyport/ring";
import { describe, expect, test } from "vitest";
import { bytesOf, pair, send, until } from "./pair.js";

/** Of the words of a lane: set while its reader sleeps. */
const ASLEEP = 32;

describe("a link", () => {
  test("keeps the order of frames, notes, large frames and attachments, both ways", async () => {
    const { host, guest } = pair({ laneBytes: 256 << 10 });
    const large = "x".repeat(100_000);
    for (const [from, to] of [[host, guest], [guest, host]] as const) {
      send(from, "first");
      from.link.note("a note");
      send(from, large);
      send(from, "with bytes", new Uint8Array(70_000));
      send(from, large, new Uint8Array(1));
      send(from, "");
      from.link.note("");
      await until(() => expect(to.got).toEqual(["first", "[a note]", large, "with bytes+70000", `${large}+1`, "", "[]"]));
    }
  });

  test("moves an attachment without a copy", async () => {
    const { host } = pair();
    const bytes = new Uint8Array(100);
    send(host, "frame", bytes);
    expect(bytes.length).toBe(0);
  });

  test("refuses an attachment that cannot be given away, and goes on", async () => {
    const { guest, host } = pair();
    const gone = new Uint8Array(8);
    structuredClone(gone, { transfer: [gone.buffer] });
    for (const bytes of [gone, new Uint8Array(8).subarray(4)]) {
      expect(() => send(guest, "frame", bytes)).toThrow(expect.objectContaining({ code: "bad_value" }));
    }
    send(guest, "next");
    await until(() => expect(host.got).toEqual(["next"]));
  });

  test("moves more attachments than may be under way at once, and counts what waits", async () => {
    const { host, guest } = pair();
    for (const [from, to] of [[host, guest], [guest, host]] as const) {
      for (let i = 0; i < 70; i++) send(from, `${i}`, new Uint8Array(1_000_000));
      await until(() => expect(to.got.length).toBe(70));
      expect([from.violations, to.violations]).toEqual([[], []]);
      // What waited no longer counts: as much again is no more than the first time.
      for (let i = 0; i < 70; i++) send(from, `${i}`, new Uint8Array(1_000_000));
      await until(() => expect(to.got.length).toBe(140));
      expect(to.violations.concat(from.violations)).toEqual([]);
    }
  });

  test("copies an attachment whose buffer cannot leave its owner", async () => {
    const { host, guest } = pair();
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } } };
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    send(host, "frame", new Uint8Array(buffer));
    await until(() => expect(guest.got).toEqual(["frame+65536"]));
    expect(buffer.byteLength).toBe(65_536);
  });

  test("says when to stop and when there is room, and loses nothing", async () => {
    const { host, guest } = pair();
    const sent: string[] = [];
    let room = true;
    for (let i = 0; room; i++) {
      sent.push(`frame ${i}`);
      room = send(host, `frame ${i}`);
    }
    expect(host.drained.count).toBe(0);
    for (let i = 0; i < 1000; i++) {
      sent.push(`late ${i}`);
      expect(send(host, `late ${i}`)).toBe(false);
    }
    await host.link.flushed();
    await until(() => expect(guest.got).toEqual(sent));
    expect(host.drained.count).toBe(1);
  });

  test("tells of room also when a later frame was what found it", async () => {
    const { host } = pair({ guest: { onFrame: () => void (late ||= send(host, "late")) } });
    let late = false;
    while (send(host, "x".repeat(500)));
    await until(() => expect(host.drained.count).toBe(1));
    expect(late).toBe(true);
  });

  test("what has gone does not count as waiting, attachments neither", async () => {
    const { host, guest } = pair({ host: { maxQueuedBytes: 40_000 } });
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 3; i++) send(host, "x".repeat(1000));
      for (let i = 0; i < 3; i++) send(host, "x".repeat(1000), new Uint8Array(10_000));
      await host.link.flushed();
    }
    await until(() => expect(guest.got).toHaveLength(120));
    expect(host.violations).toEqual([]);
  });

  test("handedOn waits for all that was published before", async () => {
    const { host, guest } = pair({ laneBytes: 64 << 10 });
    for (let i = 0; i < 1000; i++) send(guest, `${i}`);
    expect(host.got).toEqual([]);
    await host.link.handedOn();
    expect(host.got).toHaveLength(1000);
  });

  test("handedOn wakes a side that was asleep when the other one died between its record and its bell", async () => {
    const { host, guest, memory } = pair();
    await new Promise((resolve) => setTimeout(resolve, 10));
    // The bell is what is left out: the word says that this side is awake, and nothing is posted.
    laneOf(memory, "toHost").words[ASLEEP] = 0;
    send(guest, "last words");
    await host.link.handedOn();
    expect(host.got).toEqual(["last words"]);
  });

  test("hands on nothing after close, and close ends every wait", async () => {
    const { host, guest } = pair();
    send(guest, "too late");
    const waiting = [host.link.handedOn(), host.link.flushed()];
    host.link.close();
    await Promise.all(waiting);
    send(host, "nowhere");
    host.link.note("nowhere");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([host.got, guest.got]).toEqual([[], []]);
  });

  test("the host gives up a guest that does not read", () => {
    const { host, guest } = pair({ host: { maxQueuedBytes: 10_000 } });
    while (host.violations.length === 0) send(host, "x".repeat(500));
    expect(host.violations).toMatchObject([{ code: "resource_exhausted" }]);
    expect(guest.violations).toEqual([]);
  });

  test("a frame above the limit is refused before it is handed on, wherever it came", async () => {
    for (const [text, attachment] of [["x".repeat(101), undefined], ["x".repeat(3000), undefined], ["x", new Uint8Array(100)]] as const) {
      const { host, guest } = pair({ laneBytes: 4096, host: { maxFrameBytes: () => 100 } });
      send(guest, "x".repeat(100));
      send(guest, text, attachment);
      await until(() => expect(host.violations).toMatchObject([{ code: "frame_too_large" }]));
      expect(host.got).toEqual(["x".repeat(100)]);
    }
  });

  test("a handler that throws ends the link with its error", async () => {
    const { host, guest } = pair({ host: { onFrame() { throw new TypeError("not this one"); } } });
    send(guest, "frame");
    await until(() => expect(host.violations).toMatchObject([{ code: "internal", message: expect.stringContaining("not this one") }]));
  });

  test("frames may be sent from within the handler, and the link closed there", async () => {
    const { host, guest } = pair({ host: { onFrame: () => (send(host, "answer"), guest.got.length >= 2 && host.link.close()) } });
    for (let i = 0; i < 6; i++) {
      send(guest, `${i}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(host.violations).toEqual([]);
    expect(guest.got.length).toBeGreaterThanOrEqual(2);
    expect(bytesOf("").length).toBe(0);
  });
});
