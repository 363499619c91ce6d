import { describe, expect, it } from "vitest";
import { flows, HARDENED, MODES, running } from "./modes.js";

const KIB = 1024;

describe.each(MODES)("in mode %s", (mode) => {
  it("a plugin that sends more bytes than it may is read more slowly, and nothing is lost", async () => {
    await using r = running();
    const { kernel, life } = r;
    await kernel.load(flows(mode, { limits: { bytesPerSecond: 512 * KIB } }));
    const startedAt = performance.now();
    const items: string[] = [];
    const stream = kernel.stream<string>("flow.stream", { items: 96, bytes: 16 * KIB });
    for await (const item of stream) items.push(item);
    // 1.5 MiB, of which half a MiB may come at once: not sooner than in two seconds. What is under way in one turn is not held back.
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    expect(items.map((item) => Number.parseInt(item, 10))).toEqual(Array.from({ length: 96 }, (_, i) => i));
    const told = life.filter(({ event }) => event === "limit");
    expect(told[0]).toMatchObject({ plugin: "flows", reason: "byte_rate_limit", detail: { limit: "bytesPerSecond", allowed: 512 * KIB } });
    await expect(kernel.call("flow.limits")).resolves.toMatchObject({ bytes: 512 * KIB });
  });

  it("what a plugin sent before its end arrives, however slowly it is read", async () => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { bytesPerSecond: 16 * KIB, logLines: 10_000 } }));
    await r.kernel.call("flow.log", { lines: 2000 }).catch(() => undefined);
    await r.kernel.unload("flows");
    expect(r.logs.filter(({ from }) => from === "log")).toHaveLength(2000);
  });

  it("calls above the rate fail and those below it do not", async () => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { callsPerSecond: 10, outgoing: 200 } }));
    const codes = await r.kernel.call<Record<string, number>>("flow.calls", { times: 100 });
    expect((codes["ok"] ?? 0) + (codes["call_rate_limit"] ?? 0)).toBe(100);
    expect(codes["ok"]).toBeGreaterThanOrEqual(10);
    expect(codes["call_rate_limit"]).toBeGreaterThan(10);
  });

  it("a value with more structure than a frame may have is refused at its source, and the plugin goes on", async () => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { frameItems: 1000, frameDepth: 8 }, restart: false }));
    await expect(r.kernel.call("flow.value", { items: 2000, depth: 0 })).rejects.toMatchObject({ code: "resource_exhausted" });
    await expect(r.kernel.call("flow.value", { items: 1, depth: 20 })).rejects.toMatchObject({ code: "resource_exhausted" });
    await expect(r.kernel.call("flow.value", Array.from({ length: 2000 }, () => 1))).rejects.toMatchObject({ code: "frame_too_complex" });
    await expect(r.kernel.call("flow.value", { items: 900, depth: 2 })).resolves.toHaveLength(1);
    expect(r.kernel.list()[0]).toMatchObject({ state: "ready", restarts: 0 });
  });

  it("a plugin learns its limits from the hello", async () => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { callsPerSecond: 7, bytesPerSecond: 1 << 20, streams: 3, subscriptions: 2, logLines: 9, timers: 5, frameItems: 500, frameDepth: 9 } }));
    await expect(r.kernel.call("flow.limits")).resolves.toMatchObject({ calls: 7, bytes: 1 << 20, streams: 3, subscriptions: 2, logs: 9, timers: 5, items: 500, depth: 9 });
  });
});

describe.each(HARDENED)("timers of a guest in mode %s", (mode) => {
  it.each(["setTimeout", "setInterval", "setImmediate"])("%s throws beyond the limit, and cleared ones make room", async (kind) => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { timers: 5 } }));
    if (kind !== "setImmediate") await expect(r.kernel.call("flow.timers", { times: 5, kind })).resolves.toEqual({ set: 5 });
    for (let i = 0; i < 3; i++) {
      await expect(r.kernel.call("flow.timers", { times: 100, kind })).resolves.toMatchObject({ set: 5, code: "timer_limit", message: "5 timers wait; the limit is 5" });
    }
  });

  it("end the call that does not catch it with the code, which the host tells of", async () => {
    await using r = running();
    await r.kernel.load(flows(mode, { limits: { timers: 5 } }));
    await expect(r.kernel.call("flow.uncaught", { times: 6 })).rejects.toMatchObject({ code: "timer_limit", plugin: "flows" });
    expect(r.life.find(({ event }) => event === "limit")).toMatchObject({ reason: "timer_limit", detail: { limit: "timers", allowed: 5 } });
  });
});

it("a sender that does not know the bounds is ended by them, and by them alone", async () => {
  await using r = running();
  const { kernel } = r;
  const path = new URL("fixtures/deep.mjs", import.meta.url).pathname;
  await kernel.load({ path, name: "deep", mode: "stdio", restart: false, limits: { frameDepth: 8 } });
  await expect(kernel.call("deep.go", { depth: 3 })).resolves.toEqual([[[]]]);
  await expect(kernel.call("deep.go", { depth: 9 })).rejects.toMatchObject({ code: "frame_too_complex", plugin: "deep" });
  expect(kernel.list()[0]?.state).toBe("broken");
});

it("small answers that nobody reads do not hold much more than their bytes", async () => {
  await using r = running();
  const before = process.memoryUsage().arrayBuffers;
  await r.kernel.load({ path: new URL("fixtures/pings.mjs", import.meta.url).pathname, name: "pings", mode: "stdio", restart: false });
  while (!r.logs.some(({ message }) => message === "asked")) await new Promise((resolve) => setTimeout(resolve, 5));
  // 1.1 MiB of answers; an arena of 64 KiB for each sixteen of them would be 240 MiB.
  expect((process.memoryUsage().arrayBuffers - before) / 2 ** 20).toBeLessThan(32);
});
