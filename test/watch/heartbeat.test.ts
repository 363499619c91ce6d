import type { SallyportError } from "@sallyport/bus";
import { describe, expect, it, vi } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { startScripts, virtualTime } from "./start.js";

const methods = ["fx.hang", "fx.echo"];
const base: Script = { hello: { methods }, request: (call) => (call.method === "fx.echo" ? call.params : new Promise(() => {})) };

describe("a heartbeat", () => {
  it("of a silent but healthy plugin says responsive, for ever", async () => {
    virtualTime();
    const { k, count } = startScripts({ fx: base }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    expect(k.list()[0]?.health).toBe("unknown");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(k.list()[0]).toMatchObject({ health: "responsive", state: "ready", restarts: 0 });
    expect(count("unresponsive") + count("crashed")).toBe(0);
  });

  it("that stops without an open call is told, then the instance is killed as stuck and started again", async () => {
    virtualTime();
    let deaf = false;
    const { k, life, adapter } = startScripts({ fx: { ...base, deaf: () => deaf && adapter.opened.length === 1 } }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    await vi.advanceTimersByTimeAsync(5000);
    deaf = true;
    await vi.advanceTimersByTimeAsync(4900);
    deaf = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(life.map(({ event, reason }) => `${event} ${reason ?? ""}`.trim()).slice(3)).toEqual(["unresponsive stuck", "crashed stuck", "starting", "ready memory 2"]);
    expect(adapter.opened).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(k.list()[0]?.health).toBe("responsive");
  });

  it("that stops during a call leaves the call to its deadline", async () => {
    virtualTime();
    let deaf = false;
    const { k, life, count } = startScripts({ fx: { ...base, deaf: () => deaf } }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    const call = k.call("fx.hang", null, { timeoutMs: 40_000 }).catch((error: SallyportError) => error.code);
    await vi.advanceTimersByTimeAsync(100);
    deaf = true;
    await vi.advanceTimersByTimeAsync(19_000);
    expect(k.list()[0]).toMatchObject({ health: "unresponsive", state: "ready" });
    expect(count("crashed")).toBe(0);
    deaf = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(life).toContainEqual(expect.objectContaining({ event: "responsive", plugin: "fx" }));
    await vi.advanceTimersByTimeAsync(20_000);
    await expect(call).resolves.toBe("deadline_exceeded");
  });

  it("does not save a plugin that answers pings and nothing else: deadlines end it", async () => {
    virtualTime();
    const { k, life } = startScripts({ fx: base }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    const call = k.call("fx.hang", null, { timeoutMs: 10_000 }).catch((error: SallyportError) => error.code);
    await vi.advanceTimersByTimeAsync(9000);
    expect(k.list()[0]?.health).toBe("responsive");
    await vi.advanceTimersByTimeAsync(3000);
    await expect(call).resolves.toBe("deadline_exceeded");
    expect(life).toContainEqual(expect.objectContaining({ event: "crashed", reason: "stuck" }));
  });

  it("is not asked of a plugin that does not offer it, which works on", async () => {
    virtualTime();
    const { k, count } = startScripts({ fx: { ...base, hello: { methods, features: ["cancel"] } } }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(k.list()[0]).toMatchObject({ health: "unknown", state: "ready" });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    expect(count("crashed")).toBe(0);
  });

  it("answered with a flood of pongs nobody asked for changes nothing", async () => {
    virtualTime();
    const { k, adapter, count } = startScripts({ fx: base }, { heartbeatMs: 1000 });
    await k.load({ path: "fx" });
    for (let n = 0; n < 10_000; n++) adapter.opened[0]?.raw({ t: "pong", n });
    for (let n = 0; n < 10_000; n++) adapter.opened[0]?.raw({ t: "ping", n });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(count("crashed")).toBe(0);
  });
});
