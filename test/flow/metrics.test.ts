import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CODES, LIMIT_NAMES } from "@sallyport/bus";
import { createKernel, OPEN_METRICS_TYPE, openMetrics, type KernelMetrics, type PluginMetrics } from "@sallyport/kernel";
import { describe, expect, it } from "vitest";
import type { Guest, Script } from "../kernel/memory-adapter.js";
import { parseOpenMetrics } from "./open-metrics-parser.js";
import { start, turn, until } from "./start.js";

const plain: Script = {
  hello: { methods: ["plain.id", "plain.wait", "plain.fail"], limits: { inflight: 8 } },
  request(call) {
    if (call.method === "plain.wait") return new Promise((resolve) => setTimeout(resolve, Number(call.params), "waited"));
    if (call.method === "plain.fail") return Promise.reject(Object.assign(new Error("no"), { code: String(call.params) }));
    return call.params;
  },
};

const of = (metrics: KernelMetrics, name: string): PluginMetrics => metrics.plugins.find((plugin) => plugin.name === name) as PluginMetrics;

describe("the figures of a plugin", () => {
  it("count what happened", async () => {
    const { k, adapter } = start({ plain });
    await k.load({ path: "plain", restart: { backoffMs: 1 } });
    for (let i = 0; i < 50; i++) await k.call("plain.id", i);
    for (const code of ["not_found", "plain.made_up", "plain.other"]) await expect(k.call("plain.fail", code)).rejects.toMatchObject({ code });
    await expect((adapter.opened[0] as Guest).peer.request("host.none", null).result).rejects.toMatchObject({ code: "permission_denied" });
    const open = k.call("plain.wait", 10_000).catch((error: unknown) => error);
    expect(of(await k.metrics(), "plain")).toMatchObject({ mode: "memory", state: "ready", calls: 53, errors: 3, failures: { not_found: 1, plugin: 2 }, denied: 1, sent: 1, inFlight: 1, queued: 0, restarts: 0, crashes: {} });
    adapter.opened[0]?.crash();
    expect(await open).toMatchObject({ code: "plugin_crashed" });
    await until(() => k.list()[0]?.state === "ready");
    expect(of(await k.metrics(), "plain")).toMatchObject({ calls: 54, errors: 4, failures: { plugin_crashed: 1 }, restarts: 1, crashes: { plugin_crashed: 1 }, inFlight: 0 });
  });

  it("have the latency of each call, from its admission on, in buckets that hold it", async () => {
    const { k } = start({ plain });
    await k.load({ path: "plain" });
    const before = performance.now();
    for (let i = 0; i < 100; i++) await k.call("plain.id", i);
    await Promise.all(Array.from({ length: 4 }, () => k.call("plain.wait", 60)));
    const tookMs = performance.now() - before;
    const { latency } = of(await k.metrics(), "plain");
    expect(latency.count).toBe(104);
    expect(latency.sumMs).toBeGreaterThan(4 * 58);
    expect(latency.sumMs).toBeLessThan(4 * tookMs + tookMs);
    expect(latency.maxMs).toBeGreaterThan(58);
    expect(latency.p99Ms).toBeGreaterThan(58);
    expect(latency.p50Ms).toBeLessThan(latency.p99Ms);
    expect(latency.maxMs).toBeGreaterThanOrEqual(latency.p99Ms);
    expect(latency.buckets.find(({ leMs }) => leMs > 50)?.count).toBeGreaterThanOrEqual(100);
    expect(latency.buckets.at(-1)?.count).toBe(104);
    expect(latency.buckets.map(({ count }) => count)).toEqual(latency.buckets.map(({ count }) => count).toSorted((a, b) => a - b));
  });

  it("have no more names than we made, whatever a plugin makes up", async () => {
    const { k, adapter } = start({ plain });
    await k.load({ path: "plain", grants: ["publish:known.*"], limits: { events: 65_536 } });
    const guest = adapter.opened[0] as Guest;
    const times = 20_000;
    for (let i = 0; i < times; i++) {
      guest.raw({ t: "ev", m: `known.topic${i}`, p: null });
      guest.raw({ t: "req", id: 2 + 2 * i, m: `made.up${i}`, p: null });
      guest.raw({ t: "log", lv: `level${i}` as never, msg: `message ${i}`, f: { [`field${i}`]: i } });
      if (i % 500 === 499) await turn();
    }
    for (let i = 0; i < 200; i++) await k.call("plain.fail", `plain.code${i}`).catch(() => undefined);
    const metrics = await k.metrics();
    const { failures, crashes, limited } = of(metrics, "plain");
    for (const code of [...Object.keys(failures), ...Object.keys(crashes)]) expect([...Object.keys(CODES), "plugin"]).toContain(code);
    for (const limit of Object.keys(limited)) expect(LIMIT_NAMES).toContain(limit);
    const text = openMetrics(metrics);
    expect(text).not.toMatch(/topic|made|level\d|field\d|code\d/);
    expect(text.split("\n").length).toBeLessThan(150);
    expect(of(metrics, "plain")).toMatchObject({ denied: times, sent: 2 * times });
  });

  it("leave the loop delay out unless it was asked for", async () => {
    const { k } = start({ plain });
    expect((await k.metrics()).host).toEqual({ heapBytes: expect.any(Number), residentBytes: expect.any(Number) });
    const watching = createKernel({ adapters: [], loopDelay: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await watching.metrics()).host.loopDelay).toEqual({ p50Ms: expect.any(Number), p99Ms: expect.any(Number), maxMs: expect.any(Number) });
    await watching.close();
  });
});

describe("openMetrics", () => {
  async function text(): Promise<string> {
    const { k, adapter } = start({ plain, "second": plain });
    await k.load({ path: "plain", limits: { callsPerSecond: 1 } });
    for (let i = 0; i < 20; i++) await k.call("plain.id", i);
    await k.call("plain.fail", "not_found").catch(() => undefined);
    for (let i = 0; i < 3; i++) await (adapter.opened[0] as Guest).peer.request("host.none", null).result.catch(() => undefined);
    const metrics = await k.metrics();
    const odd = { ...of(metrics, "plain"), name: 'a"b\\c\nd', mode: "odd", bytesIn: 12, bytesOut: 1.5e21, usage: { cpuMs: 1234, memoryBytes: 5e6, descriptors: 9, processes: 2 } };
    return openMetrics({ ...metrics, host: { ...metrics.host, loopDelay: { p50Ms: 0.5, p99Ms: 12, maxMs: 20 } }, plugins: [...metrics.plugins, odd] });
  }

  it("is read by a parser written from the specification", async () => {
    const families = parseOpenMetrics(await text());
    const sample = (family: string, labels: object): number | undefined => families.get(family)?.samples.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))?.value;
    expect(sample("sallyport_calls", { plugin: "plain", mode: "memory" })).toBe(21);
    expect(sample("sallyport_failed_calls", { plugin: "plain", code: "not_found" })).toBe(1);
    expect(sample("sallyport_limits_reached", { plugin: "plain", limit: "callsPerSecond" })).toBe(2);
    expect(sample("sallyport_plugin_state", { plugin: "plain", sallyport_plugin_state: "ready" })).toBe(1);
    expect(sample("sallyport_cpu_seconds", { plugin: 'a"b\\c\nd', mode: "odd" })).toBe(1.234);
    expect(families.get("sallyport_call_duration_seconds")).toMatchObject({ type: "histogram", unit: "seconds" });
    expect(families.get("sallyport_host_loop_delay_seconds")?.samples.map(({ value }) => value)).toEqual([0.0005, 0.012, 0.02]);
  });

  it("of a kernel without plugins is read too", async () => {
    const { k } = start({});
    expect([...parseOpenMetrics(openMetrics(await k.metrics())).keys()]).toEqual(["sallyport_host_heap_bytes", "sallyport_host_resident_bytes"]);
  });

  it.each([
    ["a line without its family", "a_total 1\n# EOF\n"], ["no end", "# TYPE a gauge\na 1\n"], ["a unit that is not in the name", "# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n"],
    ["a family twice", "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 1\n# EOF\n"], ["a histogram whose buckets shrink", '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n'],
    ["a label that does not end", '# TYPE a gauge\na{b="c} 1\n# EOF\n'],
  ])("the parser refuses %s", (_what, wrong) => expect(() => parseOpenMetrics(wrong)).toThrow());

  it("is served by the lines of the README", async () => {
    const { k: kernel } = start({ plain });
    await kernel.load({ path: "plain" });
    const page = await readFile(new URL("../../kernel/README.md", import.meta.url), "utf8");
    const lines = /```ts\n(import \{ createServer[^]*?)```/.exec(page)?.[1] ?? "";
    const body = lines.replace(/^import.*$/gm, "").replace("9464", "0").replace("createServer(", "return createServer(");
    // oxlint-disable-next-line typescript/no-implied-eval
    const serve = new Function("createServer", "OPEN_METRICS_TYPE", "openMetrics", "kernel", body) as (...used: unknown[]) => Server;
    const server = serve(createServer, OPEN_METRICS_TYPE, openMetrics, kernel);
    await new Promise((resolve) => server.once("listening", resolve));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
    expect(parseOpenMetrics(await answer.text()).has("sallyport_calls")).toBe(true);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
