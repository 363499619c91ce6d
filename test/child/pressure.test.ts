import { describe, expect, test } from "vitest";
import type { Frame } from "@sallyport/bus";
import { startChild } from "./harness.js";

const MIB = 1 << 20;
const request = (id: number, bytes: number): Frame => ({ t: "req", id, m: "any", p: "x".repeat(bytes) });

describe("a child that never reads", () => {
  test("cannot make the host hold more than its limits allow", async () => {
    const { boundary, frames, until } = await startChild("never-reads.sh", { limits: { inflight: 4, outgoing: 1, frameBytes: MIB } });
    await until(() => frames.length === 1);
    let ended = false;
    void boundary.exited.then(() => (ended = true));
    let refusals = 0;
    for (let i = 0; i < 1000 && !ended; i++) {
      if (!boundary.send(request(2 * i + 1, MIB / 2))) refusals++;
      await new Promise(setImmediate);
    }
    expect(refusals).toBeGreaterThan(0);
    expect(await boundary.exited).toMatchObject({ error: { code: "stuck", msg: expect.stringContaining("reads nothing") } });
    // 7 MiB is the most for these limits, and what comes after the end is dropped.
    expect(Number(/(\d+) bytes/.exec((await boundary.exited).error?.msg ?? "")?.[1])).toBeLessThanOrEqual(7 * MIB);
  });

  test("is stuck when nothing is taken for a while", async () => {
    const { boundary, frames, until } = await startChild("never-reads.sh", { stallMs: 50 });
    await until(() => frames.length === 1);
    boundary.send(request(1, MIB - 100));
    expect(await boundary.exited).toMatchObject({ error: { code: "stuck", msg: expect.stringContaining("50 ms") } });
  });
});

describe("backpressure", () => {
  test("send answers false above the mark, and the host hears when it may go on", async () => {
    const { boundary, frames, until, drains } = await startChild("polite.sh");
    await until(() => frames.length === 1);
    expect(boundary.send(request(1, 10))).toBe(true);
    expect(boundary.send(request(3, 200_000))).toBe(false);
    await until(() => drains() === 1);
    await until(() => frames.length === 3);
    expect(boundary.send(request(5, 10))).toBe(true);
  });

  test("frames keep their order whatever their size", async () => {
    const { boundary, frames, until } = await startChild("polite.sh");
    await until(() => frames.length === 1);
    const ids = Array.from({ length: 60 }, (_, i) => 2 * i + 1);
    for (const id of ids) boundary.send(request(id, id % 7 === 0 ? 40_000 : 10));
    await until(() => frames.length === 61);
    expect(frames.slice(1).map((frame) => ("id" in frame ? frame.id : 0))).toEqual(ids);
  });

  test("a frame above the limit is the sender's error", async () => {
    const { boundary, frames, until } = await startChild("polite.sh");
    await until(() => frames.length === 1);
    expect(() => boundary.send(request(1, 2 * MIB))).toThrow(expect.objectContaining({ code: "frame_too_large" }));
    expect(() => boundary.send({ t: "req", id: 1, m: "any", p: () => {} })).toThrow(expect.objectContaining({ code: "bad_value" }));
  });
});

describe("floods", () => {
  test("of frames leave turns to everybody else", async () => {
    let sinceTurn = 0;
    let most = 0;
    let total = 0;
    const { boundary } = await startChild("frame-flood.mjs", {
      onFrame() {
        total++;
        most = Math.max(most, ++sinceTurn);
      },
    });
    let turns = 0;
    for (; total < 50_000; turns++) {
      sinceTurn = 0;
      await new Promise(setImmediate);
    }
    await boundary.kill();
    // Shares from the timer phase, the pipe and a turn of its own can meet between two of ours.
    expect(most).toBeLessThanOrEqual(3 * 256);
    expect(turns).toBeGreaterThan(50_000 / 512);
  });

  test("of stderr are read to the end, logged in part, and counted", async () => {
    const { boundary, logs, frames, until } = await startChild("stderr-flood.mjs");
    await until(() => frames.length === 1);
    boundary.end();
    const exit = await boundary.exited;
    expect(exit).toMatchObject({ exitCode: 3 });
    expect(exit.stderrTail?.at(-1)).toBe("the last line");
    expect(exit.stderrTail?.length).toBeLessThanOrEqual(50);
    const dropped = logs.map((line) => Number(/(\d+) lines on stderr were dropped/.exec(line)?.[1] ?? 0)).reduce((a, b) => a + b);
    expect(dropped + logs.length).toBeGreaterThan(2_000_000);
    expect(logs.length).toBeLessThan(100_000);
  });
});
