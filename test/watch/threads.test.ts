import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { SallyportError } from "@sallyport/bus";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "./start.js";

const CELL = fileURLToPath(new URL("fixtures/cell-worker", import.meta.url));

async function host(limits: Record<string, number>): Promise<{ k: Kernel; life: LifecycleEvent[] }> {
  const life: LifecycleEvent[] = [];
  const k = createKernel({ adapters: [worker({ spares: 0 })], sampleMs: 100, heartbeatMs: 300, hooks: { lifecycle: (event) => life.push(event) } });
  onTestFinished(() => k.close({ drainMs: 0 }));
  await k.load({ path: CELL, mode: "worker", restart: { backoffMs: 1 }, limits });
  return { k, life };
}

describe("a thread", () => {
  it("is measured from outside of it, its memory and its CPU time", async () => {
    const { k } = await host({});
    await k.call("fxw.wait", { ms: 10 });
    await until(() => k.list()[0]?.usage?.memoryBytes !== undefined && k.list()[0]?.health === "responsive");
    const usage = k.list()[0]?.usage;
    expect(usage?.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(usage?.memoryBytes).toBeLessThan(100 * 2 ** 20);
    expect(usage?.bytesIn).toBeGreaterThan(20);
    expect(usage?.bytesOut).toBeGreaterThan(20);
    if (process.platform === "linux") expect(usage?.cpuMs).toBeGreaterThan(0);
  });

  for (const method of ["fxw.grow", "fxw.buffers"]) {
    it(`that takes too much memory in turns (${method}) is ended as memory_limit, and the host goes on`, async () => {
      const { k, life } = await host({ memoryMb: 100 });
      const error = await k.call(method, null).then(() => undefined, (thrown: SallyportError) => thrown);
      expect(error).toMatchObject({ code: "memory_limit", data: { limit: "memoryMb", allowed: 100 } });
      expect(life.map(({ event }) => event)).toContain("limit");
      await expect(k.call("fxw.echo", 1)).resolves.toBe(1);
    });
  }

  // Node 20 tells nothing of a thread that never yields; there the thread would be asked, and not answer.
  if ("getHeapStatistics" in Worker.prototype) {
    it("that takes it without ever yielding is ended as memory_limit as well", async () => {
      const { k } = await host({ memoryMb: 200 });
      await expect(k.call("fxw.gulp", null)).rejects.toMatchObject({ code: "memory_limit" });
      await expect(k.call("fxw.echo", 1)).resolves.toBe(1);
    });
  }

  it("that spins is ended by its CPU budget, before its deadline", async (context) => {
    if (process.platform !== "linux") context.skip("a thread's CPU time is told by /proc, which this system does not have");
    const { k } = await host({ cpuSeconds: 1 });
    await expect(k.call("fxw.spin", null)).rejects.toMatchObject({ code: "cpu_limit", data: { limit: "cpuSeconds", allowed: 1 } });
    await expect(k.call("fxw.echo", 1)).resolves.toBe(1);
  });
});
