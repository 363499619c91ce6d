import { spawnSync } from "node:child_process";
import process from "node:process";
import { usableCpus } from "@sallyport/ring";
import { describe, expect, test, vi } from "vitest";
import { pair, send, until } from "./pair.js";

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

/** What is done while nothing is said: messages by the port, and turns of the event loop that somebody asked for. */
async function costOf(work: () => Promise<void>, ...ports: { postMessage: unknown }[]): Promise<{ messages: number; turns: number }> {
  const turn = vi.spyOn(globalThis, "setImmediate");
  const posts = ports.map((port) => vi.spyOn(port as { postMessage(): void }, "postMessage"));
  await work();
  const cost = { messages: posts.reduce((sum, post) => sum + post.mock.calls.length, 0), turns: turn.mock.calls.length };
  vi.restoreAllMocks();
  return cost;
}

describe("an idle link", () => {
  test.each([true, false])("costs nothing (poll: %s)", async (poll) => {
    const { host, guest } = pair({ poll, host: { busy: () => true } });
    for (let i = 0; i < 50; i++) send(host, "call");
    for (let i = 0; i < 50; i++) send(guest, "answer");
    await until(() => expect([host.got.length, guest.got.length]).toEqual([50, 50]));
    await aWhile();
    expect(await costOf(aWhile, host.port, guest.port)).toEqual({ messages: 0, turns: 0 });
  });

  test("is woken by one doorbell, however much is sent meanwhile", async () => {
    const { host, guest } = pair({ laneBytes: 64 << 10 });
    await aWhile();
    const cost = await costOf(async () => {
      for (let i = 0; i < 200; i++) send(guest, "frame");
      await until(() => expect(host.got).toHaveLength(200));
    }, guest.port);
    expect(cost.messages).toBe(1);
  });

  test("an open call is not looked for any longer than a moment", async () => {
    const { host } = pair({ poll: true, host: { busy: () => true } });
    const cost = await costOf(async () => {
      send(host, "call");
      await aWhile();
    }, host.port);
    // 0.1 ms of turns, not the 60 ms that went by.
    expect(cost.turns).toBeLessThan(2000);
    expect(await costOf(aWhile, host.port)).toEqual({ messages: 0, turns: 0 });
  });

  test("without open calls nobody looks at all", async () => {
    const { host } = pair({ poll: true });
    expect((await costOf(async () => {
      send(host, "event");
      await aWhile();
    }, host.port)).turns).toBe(0);
  });
});

describe("one CPU", () => {
  test("no side ever polls", async () => {
    const { host, guest, memory } = pair({ poll: false, host: { busy: () => true } });
    const mode = new Int32Array(memory.buffer, 0, 1);
    for (let i = 0; i < 300; i++) {
      send(host, "call");
      send(guest, "answer");
      await new Promise((resolve) => setImmediate(resolve));
      expect(Atomics.load(mode, 0)).toBe(0);
    }
  });

  const taskset = process.platform === "linux" && spawnSync("taskset", ["-c", "0", "true"]).status === 0;
  test.skipIf(!taskset)("is seen where the process may use only one (needs taskset)", () => {
    const script = `import("@sallyport/ring").then(({ usableCpus }) => console.log(usableCpus()))`;
    const pinned = spawnSync("taskset", ["-c", "0", process.execPath, "-e", script], { encoding: "utf8" });
    expect(pinned.stdout).toBe("1\n");
  });

  test("there is at least one", () => {
    expect(usableCpus()).toBeGreaterThanOrEqual(1);
  });
});
