import { getActiveResourcesInfo } from "node:process";
import { describe, expect, onTestFinished, test } from "vitest";
import { gone, grandchildOf, isAlive, pidOf, startChild } from "./harness.js";

describe("the end of a child", () => {
  test.each([
    ["0", { exitCode: 0 }],
    ["1", { exitCode: 1 }],
    ["127", { exitCode: 127 }],
    ["139", { exitCode: 139 }],
    ["137", { exitCode: 137, oom: true }],
    ["SIGSEGV", { signal: "SIGSEGV" }],
    ["SIGKILL", { signal: "SIGKILL", oom: true }],
  ])("by %s is told as it was, with the last words", async (how, expected) => {
    const { boundary } = await startChild("exits.sh", { args: [how] });
    const exit = await boundary.exited;
    expect(exit).toMatchObject({ ...expected, stderrTail: ["last words"] });
    expect(exit.error).toBeUndefined();
    expect(exit.oom).toBe("oom" in expected ? true : undefined);
  });

  test("comes when the host cannot take what it sent: the host lives on", async () => {
    const { boundary } = await startChild("polite.sh", {
      onFrame() {
        throw new TypeError("cannot take this");
      },
    });
    expect(await boundary.exited).toMatchObject({ signal: "SIGKILL", error: { code: "internal", msg: "cannot take this" } });
  });

  test("by an exhausted heap is guessed as that", async () => {
    const { boundary } = await startChild("heap.sh");
    expect(await boundary.exited).toMatchObject({ oom: true, signal: "SIGABRT" });
  });

  test("comes by itself when its input is closed", async () => {
    const { boundary, frames, until } = await startChild("polite.sh");
    await until(() => frames.length === 1);
    boundary.send({ t: "req", id: 1, m: "any", p: null });
    boundary.end();
    expect(await boundary.exited).toMatchObject({ exitCode: 0 });
    // What was asked before the end was answered before it.
    expect(frames.at(-1)).toEqual({ t: "res", id: 1, r: 1 });
  });

  test("comes by kill for a child that ignores every hint", async () => {
    const { boundary, frames, until } = await startChild("ignores-term.sh");
    await until(() => frames.length === 1);
    process.kill(pidOf(boundary), "SIGTERM");
    boundary.end();
    const exit = await boundary.kill();
    expect(exit).toMatchObject({ signal: "SIGKILL" });
    expect(exit.oom).toBeUndefined();
    expect(await boundary.kill()).toBe(exit);
    await gone(pidOf(boundary));
  });

  test("takes the children in its process group along, by kill and by itself", async () => {
    for (const end of ["kill", "end"] as const) {
      const { boundary, logs, until } = await startChild("grandchild.sh");
      await until(() => grandchildOf(logs) > 0);
      const grandchild = grandchildOf(logs);
      expect(isAlive(grandchild)).toBe(true);
      void boundary[end]();
      await boundary.exited;
      await gone(grandchild);
    }
  });

  test("is noticed although a child outside the group holds the pipes", async () => {
    const { boundary, logs, until } = await startChild("leaves-group.mjs");
    await until(() => grandchildOf(logs) > 0);
    const escaped = grandchildOf(logs);
    onTestFinished(() => void process.kill(escaped, "SIGKILL"));
    const exit = await boundary.exited;
    expect(exit).toMatchObject({ exitCode: 0 });
    // The gap that the README admits: only a system sandbox closes it.
    expect(isAlive(escaped)).toBe(true);
  });

  test.each([
    ["the host takes to hear it", {}, 0.1],
    ["its pipe rests", { bytesPerSecond: 1000 }, 0],
  ])("comes after all that it had to say, however long %s", async (_why, limits, eachMs) => {
    let frames = 0;
    const { boundary } = await startChild("../child/fixtures/parting.sh", {
      limits,
      onFrame() {
        frames++;
        for (const until = performance.now() + eachMs; performance.now() < until;);
      },
    });
    expect(await boundary.exited).toMatchObject({ exitCode: 0 });
    expect(frames).toBe(8001);
  });

  test("leaves no handle behind", async () => {
    const handles = (): number => getActiveResourcesInfo().filter((kind) => kind !== "Timeout").length;
    const before = handles();
    for (let i = 0; i < 5; i++) {
      const { boundary, frames, until } = await startChild("polite.sh");
      await until(() => frames.length === 1);
      await boundary.kill();
    }
    // Handles are closed one turn after they are destroyed.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(handles()).toBeLessThanOrEqual(before);
  });

  test("makes sending harmless", async () => {
    const { boundary } = await startChild("mute-exit.sh");
    await boundary.exited;
    expect(boundary.send({ t: "ping", n: 1 })).toBe(true);
    boundary.end();
    await boundary.kill();
  });
});
