import { fileURLToPath } from "node:url";
import { process as processMode } from "@sallyport/adapter-process";
import { worker } from "@sallyport/adapter-worker";
import { isSallyportError } from "@sallyport/bus";
import { createKernel, type Adapter, type Boundary, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { describe, expect, it, vi } from "vitest";
import { count, drain, endless, LARGE, leavesNothing } from "./calls.js";

const STEPS = fileURLToPath(new URL("fixtures/steps", import.meta.url));

/** How an instance is ended from outside of it: a process by the system, a thread by its engine. */
const MODES: readonly { mode: string; adapter: () => Adapter; end: (boundary: Boundary) => void }[] = [
  { mode: "process", adapter: () => processMode({ spares: 0 }), end: ({ label }) => void process.kill(Number(/^pid (\d+)/.exec(label)?.[1]), "SIGKILL") },
  { mode: "worker", adapter: () => worker(), end: (boundary) => void boundary.kill() },
];

const WORKING: readonly { step: string; calls: (kernel: Kernel) => Promise<unknown>[]; at?: (end: () => void) => void }[] = [
  { step: "idle", calls: () => [], at: (end) => setTimeout(end, 20) },
  { step: "in the middle of a request", calls: (k) => [k.call("steps.echo", LARGE), k.call("steps.echo", LARGE)], at: (end) => setImmediate(end) },
  { step: "before its answer", calls: (k) => [k.call("steps.echo", 1), k.call("steps.echo", 2), drain(k.stream("steps.items"))] },
  { step: "in the middle of a large answer", calls: (k) => [k.call("steps.large", LARGE)], at: () => undefined },
  { step: "in the middle of its items", calls: (k) => [drain(k.stream("steps.items"))] },
  { step: "in the middle of its input", calls: (k) => [k.call("steps.take", null, { input: endless() })] },
  { step: "after a request of its own", calls: (k) => [k.call("steps.ask")] },
];

describe.each(MODES)("an instance in mode $mode that is ended", ({ mode, adapter: make, end }) => {
  leavesNothing();

  /** Ends the instance the first time that it says it is at `step`; `host` sees every instance. */
  function start(step: string): { kernel: Kernel; life: LifecycleEvent[]; end(): void; load(): Promise<unknown> } {
    let current: Boundary | undefined;
    let armed = true;
    const life: LifecycleEvent[] = [];
    const inner = make();
    const adapter: Adapter = {
      ...inner,
      async open(request, host, signal) {
        current = await inner.open(request, host, signal);
        return current;
      },
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
    const kernel = createKernel({ adapters: [adapter], hooks: { lifecycle: (event) => life.push(event) } });
    const now = (): void => {
      if (armed && current !== undefined) end(current);
      armed = false;
    };
    kernel.provide("host.at", (at: string) => {
      if (at !== step) return null;
      // The answer starts the large frame; the end comes into the middle of it.
      if (step === "in the middle of a large answer") setTimeout(now, 1);
      else now();
      return null;
    });
    return { kernel, life, end: now, load: () => kernel.load({ path: STEPS, name: "steps", mode, grants: ["call:host.*"], restart: { backoffMs: 10 } }) };
  }

  it("in $init fails the load, and only that", async () => {
    const { kernel, load } = start("in $init");
    await expect(load()).rejects.toSatisfy((error) => isSallyportError(error) && error.code === "plugin_crashed", "plugin_crashed");
    expect(kernel.list()).toEqual([]);
    await load();
    await expect(kernel.call("steps.echo", 1)).resolves.toBe(1);
    await kernel.close();
  });

  it.each(WORKING)("$step: every open call ends once, and the next one is served", async ({ step, calls, at }) => {
    const { kernel, life, load, end: now } = start(step);
    await load();
    const { outcomes, settled } = count(calls(kernel));
    at?.(now);
    await vi.waitFor(() => expect(life.map(({ event }) => event)).toContain("crashed"), 10_000);
    await settled();
    expect(outcomes.filter((code) => code !== "plugin_crashed" && code !== "ok")).toEqual([]);
    await expect(kernel.call("steps.echo", 3)).resolves.toBe(3);
    expect(kernel.list()[0]).toMatchObject({ state: "ready", stats: { inFlight: 0, queued: 0 } });
    expect(kernel.list()[0]?.restarts).toBe(life.filter(({ event }) => event === "crashed").length);
    await kernel.close();
  });

  it("draining: the unload ends all the same", async () => {
    const { kernel, load } = start("draining");
    await load();
    await kernel.unload("steps", { drainMs: 500 });
    expect(kernel.list()).toEqual([]);
    await kernel.close();
  });
});
