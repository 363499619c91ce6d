import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as childProcess } from "@sallyport/adapter-process";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel, type LifecycleEvent } from "@sallyport/kernel";
import { definePlugin } from "@sallyport/plugin";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const DEMO = fileURLToPath(new URL("../../plugins/javascript", import.meta.url));

/** The core: part of the program, with its own state, which nobody reaches but through its methods. */
function core(): { readonly ledger: ReturnType<typeof definePlugin>; readonly posted: unknown[] } {
  const posted: unknown[] = [];
  const ledger = definePlugin({
    name: "ledger",
    methods: {
      "ledger.post": (entry: unknown) => posted.push(entry),
      "ledger.ask": (params: { readonly text: string }, context) => context.call("demo.upper", params),
    },
  });
  return { ledger, posted };
}

/** What the same plugin answers, as text: byte for byte the same wherever it runs. */
const ASKED: readonly (readonly [method: string, params: unknown])[] = [
  ["demo.upper", { text: "Grüezi, 12 Fränkli" }],
  ["demo.echo", { a: [1, 2.5, -0.001, 1e21, null, true, "é\u0000\n"], b: { z: 1, a: 2 }, c: new Uint8Array([0, 1, 254, 255]), d: 2n ** 60n }],
  ["demo.steps", { steps: 3 }],
];
const GOLDEN = [
  '"GRüEZI, 12 FRäNKLI"',
  '{"a":[1,2.5,-0.001,1e+21,null,true,"é\\u0000\\n"],"b":{"z":1,"a":2},"c":{"$bytes":"0001feff"},"d":{"$int":"1152921504606846976"}}',
  '{"steps":3}',
];

function spelled(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (each instanceof Uint8Array ? { $bytes: Buffer.from(each).toString("hex") } : typeof each === "bigint" ? { $int: String(each) } : each));
}

describe("a core that is part of the program, and a plugin of strangers behind a boundary", () => {
  const { ledger, posted } = core();
  const life: LifecycleEvent[] = [];
  let kernel: Kernel;

  beforeAll(async () => {
    kernel = createKernel({ adapters: [childProcess({ spares: 0 }), worker({ spares: 0 }), inline({ ledger })], hooks: { lifecycle: (event) => life.push(event) } });
    await kernel.load({ path: "ledger", mode: "inline", trust: "trusted", grants: ["call:demo.upper"] });
    await kernel.load({ path: DEMO, trust: "reviewed", grants: ["call:ledger.post"] });
  });
  afterAll(() => kernel.close());

  it("call each other by grants, and only by them", async () => {
    expect(kernel.list().map(({ name, mode }) => [name, mode])).toEqual([["ledger", "inline"], ["demo", "worker"]]);
    await expect(kernel.call("demo.relay", { method: "ledger.post", params: { chf: "1.00" } })).resolves.toBe(1);
    await expect(kernel.call("ledger.ask", { text: "core" })).resolves.toBe("CORE");
    await expect(kernel.call("demo.relay", { method: "ledger.ask", params: { text: "core" } })).rejects.toMatchObject({ code: "permission_denied" });
    expect(posted).toEqual([{ chf: "1.00" }]);
  });

  it("the plugin answers the same, byte for byte, in each mode that it is moved to while it works", async () => {
    const answers = async (): Promise<readonly string[]> => Promise.all(ASKED.map(async ([method, params]) => spelled(await kernel.call(method, params))));
    expect(await answers()).toEqual(GOLDEN);
    for (const mode of ["process", "worker", "process"]) {
      const calls = Array.from({ length: 40 }, (_, n) => kernel.call("demo.relay", { method: "ledger.post", params: { mode, n } }));
      const items: unknown[] = [];
      const counting = (async () => {
        for await (const item of kernel.stream("demo.count", { to: 200 })) items.push(item);
      })();
      const moving = kernel.move("demo", mode, { drainMs: 10_000 });
      const more = Array.from({ length: 40 }, (_, n) => kernel.call("demo.relay", { method: "ledger.post", params: { mode, n: 40 + n } }));
      await Promise.all([moving, counting, ...calls, ...more]);
      expect(kernel.list().find(({ name }) => name === "demo")).toMatchObject({ mode, state: "ready", restarts: 0 });
      expect(items).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
      const seen = posted.filter((entry) => (entry as { readonly mode?: string }).mode === mode).map((entry) => (entry as { readonly n: number }).n);
      expect(seen.splice(0, 80).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, n) => n));
      posted.length = 0;
      expect(await answers()).toEqual(GOLDEN);
    }
    expect(life.filter(({ event }) => event === "moved").map(({ detail }) => detail)).toEqual([["worker", "process"], ["process", "worker"], ["worker", "process"]].map(([from, to]) => ({ from, to })));
    expect(life.filter(({ event }) => event === "crashed")).toEqual([]);
  });

  it("the core goes on when the plugin dies", async () => {
    await kernel.unload("demo");
    await expect(kernel.call("ledger.ask", { text: "core" })).rejects.toMatchObject({ code: "unimplemented" });
    await expect(kernel.call("ledger.post", 1)).resolves.toBeGreaterThan(0);
    await vi.waitFor(() => expect(kernel.list().map(({ name }) => name)).toEqual(["ledger"]));
  });
});

it("a reviewed plugin that comes near its memory limit moves from a thread to a process, before it can take the host down", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-policy-"));
  const logged: string[] = [];
  const kernel = createKernel({ adapters: [childProcess({ spares: 0 }), worker({ spares: 0 })], sampleMs: 50, hooks: { log: ({ message }) => logged.push(message) } });
  try {
    await writeFile(join(folder, "index.js"), 'const held = []; export default { name: "hog", methods: { "hog.hold": ({ mb }) => held.push(...Array.from({ length: mb }, () => new Array(131072).fill(0.5))) } };');
    expect(await kernel.load({ path: folder, name: "hog", trust: "reviewed", limits: { memoryMb: 128 }, policy: { move: { memoryPercent: 40 } } })).toMatchObject({ mode: "worker" });
    await kernel.call("hog.hold", { mb: 70 });
    await vi.waitFor(() => expect(kernel.list()[0]).toMatchObject({ mode: "process", state: "ready", restarts: 0 }), { timeout: 20_000 });
    expect(logged.filter((line) => /^'hog' was moved from mode 'worker' to 'process': it holds \d+\.\d of 128 MiB, and its policy is 40 %$/.test(line))).toHaveLength(1);
    await expect(kernel.call("hog.hold", { mb: 1 })).resolves.toBe(1);
  } finally {
    await kernel.close();
    await rm(folder, { recursive: true, force: true });
  }
});
