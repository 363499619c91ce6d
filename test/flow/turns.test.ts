import { describe, expect, it } from "vitest";
import { flows, MODES, running } from "./modes.js";

/** Counts what happens in each turn of this process's event loop. */
function perTurn(): { hit(): void; readonly turns: number[]; readonly sum: number; stop(): void } {
  const turns: number[] = [];
  let hits = 0;
  let sum = 0;
  let stopped = false;
  const next = (): void => {
    if (hits > 0) turns.push(hits);
    hits = 0;
    if (!stopped) setImmediate(next);
  };
  next();
  const hit = (): void => {
    hits++;
    sum++;
  };
  return { hit, turns, get sum() { return sum; }, stop: () => void (stopped = true) };
}

/** A link may have one turn at its doorbell and one with the others; a pipe one with what was left, one with what its stream held meanwhile, one with what comes. */
const MOST_FRAMES = 3 * 256;

describe.each(MODES)("in mode %s", (mode) => {
  it("one turn of the host takes a bounded number of frames from a plugin that floods", async () => {
    await using r = running();
    const count = perTurn();
    r.logs.push = () => (count.hit(), 0);
    await r.kernel.load(flows(mode, { limits: { logLines: 1_000_000 } }));
    const enough = new AbortController();
    const flooding = r.kernel.call("flow.flood", null, { timeoutMs: 20_000, signal: enough.signal }).catch((error: unknown) => error);
    while (count.sum < 5000) await new Promise((resolve) => setTimeout(resolve, 5));
    enough.abort();
    await flooding;
    count.stop();
    expect(Math.max(...count.turns)).toBeLessThanOrEqual(MOST_FRAMES);
  });

  it("calls of one plugin to a slow method of the host leave room for the calls of another", async () => {
    await using r = running();
    const { kernel } = r;
    let slow = 0;
    kernel.provide("host.slow", () => {
      slow++;
      for (const until = performance.now() + 4; performance.now() < until; );
    });
    await kernel.load(flows(mode, { grants: ["call:host.slow"] }));
    await kernel.load({ ...flows(mode === "stdio" ? "process" : mode), name: "innocent", path: new URL("fixtures/innocent.js", import.meta.url).pathname });
    const pressing = kernel.call("flow.press", { lanes: 60, method: "host.slow" }, { timeoutMs: 20_000 }).catch((error: unknown) => error);
    while (slow < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    const before = slow;
    const times = 30;
    for (let i = 0; i < times; i++) await kernel.call("innocent.id", i);
    // A few for each call: it crosses twice, and each time the other one has a turn.
    expect((slow - before) / times).toBeLessThan(12);
    await kernel.unload("flows", { drainMs: 0 });
    await pressing;
  });
});
