import { fileURLToPath } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Adapter, type PluginSpec } from "@sallyport/kernel";
import { definePlugin } from "@sallyport/plugin";
import { describe, expect, it } from "vitest";
import { census, type Census } from "./census.js";

const path = (name: string): string => fileURLToPath(new URL(`../../plugins/${name}`, import.meta.url));
const demo = definePlugin({ methods: { "demo.echo": (params) => params } });

// LIFECYCLE_CYCLES is the whole count of the long run (`npm run test:lifecycle`); without it, a few of each in `npm test`.
const full = Number(process.env["LIFECYCLE_CYCLES"] ?? 0);
/** How the whole count is shared out: by what a cycle costs, so that the long run ends in minutes. */
const modes: readonly { mode: string; adapter: () => Adapter; spec: PluginSpec; share: number; few: number }[] = [
  { mode: "inline", adapter: () => inline({ demo }), spec: { path: "demo", mode: "inline" }, share: 1, few: 500 },
  { mode: "stdio", adapter: () => stdio(), spec: { path: path("sh"), mode: "stdio", sandbox: "none" }, share: 1, few: 40 },
  { mode: "stdio, confined", adapter: () => stdio(), spec: { path: path("sh"), mode: "stdio", permissions: { run: ["awk"] } }, share: 0.1, few: 15 },
  { mode: "worker", adapter: () => worker(), spec: { path: path("javascript"), mode: "worker" }, share: 1, few: 30 },
  { mode: "process", adapter: () => processMode(), spec: { path: path("javascript"), mode: "process" }, share: 0.1, few: 10 },
];

describe.each(modes)("loading and unloading in mode $mode", ({ adapter, spec, share, few }) => {
  const cycles = full > 0 ? Math.round(full * share) : few;

  it(`${cycles} times leaves no handle, descriptor, thread, process or growing heap behind`, async () => {
    const run = async (count: number): Promise<Census> => {
      await using kernel = createKernel({ adapters: [adapter()] });
      for (let i = 0; i < count; i++) {
        await kernel.load({ ...spec, name: "demo" });
        expect(await kernel.call("demo.echo", i)).toBe(i);
        await kernel.unload("demo");
      }
      return census();
    };
    // What is made once in a program's life (a module, a cache) is no leak: a first kernel makes it.
    await run(Math.max(5, Math.ceil(cycles / 20)));
    const before = await census();
    const running = await run(cycles);
    const after = await census();

    expect(after.handles).toEqual(before.handles);
    expect(after.descriptors).toBe(before.descriptors);
    expect(after.threads).toBe(before.threads);
    expect(after.children).toBe(before.children);
    // A pool keeps some threads ahead; what grows with the cycles would be hundreds.
    if (running.threads !== undefined && before.threads !== undefined) expect(running.threads - before.threads).toBeLessThan(20);
    // A kilobyte a cycle would be ten megabytes in the long run.
    expect(after.heapMb - before.heapMb).toBeLessThan(Math.max(4, (cycles * 0.5) / 1024));
  }, 3_600_000);
});
