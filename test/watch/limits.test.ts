import type { SallyportError, Usage } from "@sallyport/bus";
import { createKernel } from "@sallyport/kernel";
import { describe, expect, it, vi } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { startScripts, virtualTime } from "./start.js";

const MIB = 2 ** 20;

/** A plugin that works on one call for ever, and whose use of the machine the test decides. */
function worker(usage: (sinceMs: number) => Usage | undefined): Script {
  const since = performance.now();
  return {
    hello: { methods: ["fx.work", "fx.echo"] },
    request: (call) => (call.method === "fx.echo" ? call.params : new Promise(() => {})),
    usage: () => usage(performance.now() - since),
  };
}

async function outcomeOf(script: Script, limits: Record<string, number>, ms: number) {
  const started = startScripts({ fx: script }, { sampleMs: 500 });
  await started.k.load({ path: "fx", limits: { deadlineMs: 1e6, ...limits } });
  const calls = [1, 2].map(() => started.k.call("fx.work", null, { timeoutMs: 1e6 }).then(() => "ok", (error: SallyportError) => error));
  await vi.advanceTimersByTimeAsync(ms);
  return { ...started, calls };
}

describe("a limit that is exceeded ends the instance with the limit's own code", () => {
  const cases: [limit: string, code: string, limits: Record<string, number>, usage: (ms: number) => Usage, used: number][] = [
    ["memoryMb", "memory_limit", { memoryMb: 10 }, () => ({ memoryBytes: 12.5 * MIB }), 12.5],
    ["cpuSeconds", "cpu_limit", { cpuSeconds: 3 }, (ms) => ({ cpuMs: ms }), 3.5],
    ["cpuPercent", "cpu_share_limit", { cpuPercent: 50 }, (ms) => ({ cpuMs: ms }), 55],
    ["processes", "process_limit", { processes: 4 }, () => ({ processes: 5 }), 5],
  ];
  for (const [limit, code, limits, usage, used] of cases) {
    it(`${limit}: ${code}`, async () => {
      virtualTime();
      const { k, calls, life, adapter } = await outcomeOf(worker(usage), limits, 8000);
      for (const call of calls) {
        await expect(call).resolves.toMatchObject({
          code, plugin: "fx", method: "fx.work", source: "transport", retryable: false,
          data: { limit, allowed: limits[limit] }, crash: { inFlight: 2, signal: "KILL", usage: expect.anything() as unknown },
        });
        const { data, message, help } = (await call) as SallyportError;
        expect((data as { used: number }).used).toBeGreaterThanOrEqual(used);
        expect(message).toContain("'fx'");
        expect(help).toContain(`limits.${limit}`);
      }
      expect(life).toContainEqual(expect.objectContaining({ event: "limit", plugin: "fx", reason: code, detail: expect.objectContaining({ limit, allowed: limits[limit] }) as unknown }));
      expect(life).toContainEqual(expect.objectContaining({ event: "crashed", reason: code }));
      // Started again like after any other crash, until that is too often.
      expect(adapter.opened.length).toBeGreaterThan(1);
      expect(k.list()[0]?.restarts).toBeGreaterThan(0);
    });
  }
});

describe("what stays within its limits is left alone", () => {
  it("memory just below, a CPU at half its share for minutes, threads as many as allowed", async () => {
    virtualTime();
    const { k, calls, count } = await outcomeOf(worker((ms) => ({ memoryBytes: 9.9 * MIB, cpuMs: ms / 2, processes: 4 })), { memoryMb: 10, cpuPercent: 51, processes: 4 }, 300_000);
    expect(count("limit") + count("crashed")).toBe(0);
    expect(k.list()[0]).toMatchObject({ state: "ready", usage: { processes: 4 } });
    await expect(Promise.race([calls[0], Promise.resolve("open")])).resolves.toBe("open");
  });

  it("a burst of CPU that fits the ten seconds", async () => {
    virtualTime();
    const { count } = await outcomeOf(worker((ms) => ({ cpuMs: 1000 * Math.floor(ms / 10_000) + Math.min(1000, ms % 10_000) })), { cpuPercent: 21 }, 120_000);
    expect(count("limit")).toBe(0);
  });

  it("descriptors that run out are told once, and again after they came back", async () => {
    virtualTime();
    const { life } = await outcomeOf(worker((ms) => ({ descriptors: ms < 20_000 || ms > 40_000 ? 8 : 3 })), { descriptors: 8 }, 60_000);
    const told = life.filter(({ event }) => event === "limit");
    expect(told.map(({ reason }) => reason)).toEqual(["descriptor_limit", "descriptor_limit"]);
    expect(told[0]?.detail).toMatchObject({ limit: "descriptors", used: 8, allowed: 8 });
    expect(life.filter(({ event }) => event === "crashed")).toEqual([]);
  });

  it("a boundary that cannot tell, or fails to", async () => {
    virtualTime();
    const { count } = await outcomeOf(worker(() => undefined), { memoryMb: 1, processes: 1, cpuSeconds: 1 }, 60_000);
    expect(count("crashed")).toBe(0);
    const broken = await outcomeOf(worker(() => { throw new Error("no"); }), { memoryMb: 1 }, 60_000);
    expect(broken.count("crashed")).toBe(0);
  });
});

describe("how often it looks", () => {
  async function looks(usage: (ms: number) => Usage, ms: number): Promise<number[]> {
    const at: number[] = [];
    await outcomeOf(worker((since) => (at.push(since), usage(since))), { memoryMb: 1000 }, ms);
    return at;
  }

  it("more rarely at what does nothing", async () => {
    virtualTime();
    expect((await looks(() => ({ memoryBytes: MIB, cpuMs: 5 }), 20_000)).length).toBeLessThan(15);
  });

  it("more often at what grows towards its limit", async () => {
    virtualTime();
    const at = await looks((ms) => ({ memoryBytes: Math.max(0, ms - 5000) * MIB / 4, cpuMs: ms }), 8500);
    const fast = at.filter((ms) => ms > 7500);
    expect(fast.length).toBeGreaterThan(10);
  });

  it("as the host says, within reason", () => {
    for (const options of [{ sampleMs: 0 }, { sampleMs: NaN }, { heartbeatMs: -1 }, { startsPerSecond: 0 }, { sampleMs: Infinity }]) {
      const [name] = Object.keys(options);
      expect(() => createKernel({ adapters: [], ...options })).toThrow(expect.objectContaining({ code: "invalid_argument", path: name }));
    }
  });

  it("not at all without plugins", async () => {
    virtualTime();
    const { k } = await outcomeOf(worker(() => ({ cpuMs: 1 })), {}, 1000);
    const unloading = k.unload("fx", { drainMs: 0 });
    await vi.advanceTimersByTimeAsync(10_000);
    await unloading;
    expect(vi.getTimerCount()).toBe(0);
  });
});
