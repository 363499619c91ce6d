import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stdio } from "@sallyport/adapter-stdio";
import { isSallyportError } from "@sallyport/bus";
import { createKernel, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { count, drain, endless, LARGE, leavesNothing } from "./calls.js";

const DIES = fileURLToPath(new URL("fixtures/dies", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-faults-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(step: string): { kernel: Kernel; life: LifecycleEvent[]; load(): Promise<unknown> } {
  const marker = join(folder, "marker");
  writeFileSync(marker, "");
  const life: LifecycleEvent[] = [];
  const kernel = createKernel({ adapters: [stdio()], hooks: { lifecycle: (event) => life.push(event) } });
  kernel.provide("host.note", (params) => params);
  return { kernel, life, load: () => kernel.load({ path: DIES, name: "dies", args: [step, marker], grants: ["call:host.*"], restart: { backoffMs: 10 },
    // In a sandbox it could neither see its marker nor, as the first process of its own world, kill itself.
    sandbox: "none" }) };
}

/** It dies before it is ready: the load fails, and nothing of it is left; a second load lives. */
const STARTING = ["spawn", "half a line", "after the line", "half a hello", "after the hello", "after the host's hello", "in $init"];

/** It dies with calls open: each fails once, and the next one finds a new instance. */
const WORKING: readonly { step: string; calls: (kernel: Kernel) => Promise<unknown>[] }[] = [
  { step: "idle", calls: () => [] },
  { step: "in the middle of a request", calls: (k) => [k.call("dies.echo", LARGE), k.call("dies.echo", 1)] },
  { step: "before its answer", calls: (k) => [k.call("dies.echo", 1), k.call("dies.echo", 2), drain(k.stream("dies.items"))] },
  { step: "in the middle of its answer", calls: (k) => [k.call("dies.echo", 1), k.call("dies.echo", 2)] },
  { step: "in the middle of its items", calls: (k) => [drain(k.stream("dies.items"))] },
  { step: "in the middle of its input", calls: (k) => [k.call("dies.take", null, { input: endless() })] },
  { step: "after a request of its own", calls: (k) => [k.call("dies.ask")] },
];

const LEAVING = ["draining", "at the end of its input"];

describe("a program that is killed", () => {
  leavesNothing();

  it.each(STARTING)("at its start (%s) fails the load, and only that", async (step) => {
    const { kernel, load } = start(step);
    await expect(load()).rejects.toSatisfy((error) => isSallyportError(error) && ["plugin_crashed", "bad_handshake", "spawn_failed"].includes(error.code), "a typed error");
    expect(kernel.list()).toEqual([]);
    await load();
    await expect(kernel.call("dies.echo", 1)).resolves.toBe(1);
    await kernel.close();
  });

  it.each(WORKING)("$step: every open call ends once, and the next one is served", async ({ step, calls }) => {
    const { kernel, life, load } = start(step);
    await load();
    const { outcomes, settled } = count(calls(kernel));
    await vi.waitFor(() => expect(life.map(({ event }) => event)).toContain("crashed"), 10_000);
    await settled();
    expect(outcomes.filter((code) => code !== "plugin_crashed" && code !== "ok")).toEqual([]);
    if (step !== "idle") expect(outcomes).toContain("plugin_crashed");
    await expect(kernel.call("dies.echo", 3)).resolves.toBe(3);
    expect(life.filter(({ event }) => event === "crashed")).toHaveLength(1);
    expect(kernel.list()[0]).toMatchObject({ state: "ready", restarts: 1, stats: { inFlight: 0, queued: 0 } });
    await kernel.close();
  });

  it.each(LEAVING)("%s: the unload ends all the same", async (step) => {
    const { kernel, load } = start(step);
    await load();
    const { outcomes, settled } = count([kernel.call("dies.echo", 1)]);
    await settled();
    await kernel.unload("dies", { drainMs: 500 });
    expect(outcomes).toEqual(["ok"]);
    expect(kernel.list()).toEqual([]);
    await kernel.close();
  });
});
