import { fileURLToPath } from "node:url";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

let kernel: Kernel;
beforeEach(async () => {
  kernel = createKernel({ adapters: [worker(), processMode(), stdio()] });
  kernel.provide("flood.sink", () => null);
  await kernel.load({ path: path("../plugins/sh"), name: "innocent", permissions: { run: ["awk"] } });
});
afterEach(() => kernel.close({ drainMs: 0 }));

/** Every call is answered within its deadline: a bound that a starved host would break, not a measurement. */
async function answered(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await expect(kernel.call("demo.upper", { text: `call ${i}` }, { timeoutMs: 2000 })).resolves.toBe(`CALL ${i}`);
  }
}

describe("while one plugin floods, another one answers", () => {
  it.each(["worker", "process"].flatMap((mode) => ["log", "event", "call"].map((by) => ({ mode, by }))))("$mode by $by", async ({ mode, by }) => {
    await kernel.load({ path: path("e2e/fixtures/flood.js"), name: "flood", mode, grants: ["publish:flood.*", "call:flood.sink"] });
    const flooding = kernel.call("flood.go", { by }, { timeoutMs: 20_000 }).catch((error: unknown) => error);
    await answered(40);
    await kernel.unload("flood", { drainMs: 0 });
    await flooding;
    await answered(1);
  });

  it.each(["frame-flood.mjs", "stderr-flood.mjs"])("stdio by %s", async (program) => {
    // Some floods are ended by the host, some go on: the innocent plugin must not notice either way.
    const flood = kernel.load({ path: path(`gauntlet/${program}`), name: "flood", mode: "stdio", restart: false }).catch((error: unknown) => error);
    await answered(40);
    await flood;
    await kernel.unload("flood", { drainMs: 0 }).catch(() => undefined);
    await answered(1);
  });
});
