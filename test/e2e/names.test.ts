import { fileURLToPath } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import { createHost } from "sallyport";
import { afterEach, describe, expect, it, vi } from "vitest";

const base = fileURLToPath(new URL("fixtures/", import.meta.url));
// A fixture in plain JavaScript, as an author writes it; the module is the same one in every mode.
const { default: fx } = (await import(new URL("fixtures/fx/index.js", import.meta.url).href)) as { default: PluginDefinition };

let kernel: Kernel | undefined;
afterEach(async () => {
  await kernel?.close();
  kernel = undefined;
});

/** The lines that programs are written against, in the order of a program. */
async function run(k: Kernel, checked = true): Promise<void> {
  const heard: unknown[] = [];
  const stop = k.subscribe("fx.*", (payload, topic) => heard.push([topic, payload]));
  const { signal } = new AbortController();
  await expect(k.call("fx.convert", { amount: "12.50", from: "EUR", to: "CHF" }, { timeoutMs: 5000, signal })).resolves.toEqual({
    amount: "12.50", to: "CHF", rate: "0.94", table: "ecb", balance: { account: "1", chf: "100.00" }, started: "fx", aborted: false,
  });
  await vi.waitFor(() => expect(heard).toEqual([["fx.converted", { to: "CHF" }]]));
  stop();

  const items: unknown[] = [];
  for await (const item of k.stream("fx.history", { pair: "EURCHF" })) items.push(item);
  expect(items).toEqual([1, 2, 3].map((day) => ({ pair: "EURCHF", day })));

  // A compile-time list has no manifest, so no payload schemas: its types were checked by the compiler.
  if (checked) await expect(k.call("fx.convert", { amount: "12,50", from: "EUR", to: "CHF" })).rejects.toMatchObject({ code: "invalid_argument", path: "params.amount" });
  k.publish("ledger.posted", { id: 7 });
  await vi.waitFor(async () => expect(await k.call("fx.posted")).toContainEqual({ id: 7 }));
  await k.unload("fx");
  await expect(k.call("fx.posted")).rejects.toMatchObject({ code: "unimplemented" });
}

const rights = { args: ["--table", "ecb"], grants: ["call:ledger.balance", "publish:fx.*", "subscribe:ledger.*"], limits: { memoryMb: 64 }, config: { rate: "0.94" } };
const balance = async (params: { account: string }): Promise<unknown> => ({ account: params.account, chf: "100.00" });
const schema = { type: "object", required: ["account"], properties: { account: { type: "string" } } };

describe("the names that hold", () => {
  it.each(["worker", "process", "inline"])("carry the same plugin in mode %s", async (mode) => {
    kernel = createKernel({ adapters: [worker(), stdio(), processMode(), inline({ fx })] });
    kernel.provide("ledger.balance", balance, { params: schema });
    await kernel.load(mode === "inline" ? { path: "fx", mode, ...rights } : { path: "./fx", base, mode, ...rights });
    await run(kernel, mode !== "inline");
  });

  it("carry a config with a mode chosen by trust", async () => {
    const plugins = { reviewed: { path: "./fx", trust: "reviewed", ...rights }, unknown: { path: "./fx", ...rights } } as const;
    for (const [which, mode] of [["reviewed", "worker"], ["unknown", "process"]] as const) {
      kernel = await createHost({ plugins: { fx: plugins[which] } }, { base, provide: { "ledger.balance": { handler: balance, params: schema } } });
      expect(kernel.list()[0]).toMatchObject({ name: "fx", mode, unsafe: false });
      await run(kernel);
      await kernel.close();
    }
  });
});
