import { SallyportError } from "@sallyport/bus";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memory, type Guest, type MemoryAdapter, type Script } from "./memory-adapter.js";

let kernel: Kernel | undefined;
afterEach(async () => {
  await kernel?.close({ drainMs: 0 });
  kernel = undefined;
});

function start(scripts: Record<string, Script>): { k: Kernel; adapter: MemoryAdapter } {
  const adapter = memory(scripts);
  kernel = createKernel({ adapters: [adapter], graceMs: 50 });
  return { k: kernel, adapter };
}

describe("a grant", () => {
  it.each([["ledger.*", "ledger.**"], ["*", "**"], ["*.*", "*.**"], ["a.*.c", "a.**"]])("for %s does not cover a subscription to %s", async (granted, wanted) => {
    const heard: string[] = [];
    const { k } = start({ spy: { hello: { events: [wanted] }, event: (topic) => heard.push(topic) } });
    await k.load({ path: "spy", grants: [`subscribe:${granted}`] });
    expect(k.list()[0]).toMatchObject({ events: [] });
    expect(k.publish("ledger.accounts.secret")).toBe(0);
  });

  it("for a wider pattern covers a narrower subscription", async () => {
    const { k } = start({ ear: { hello: { events: ["ledger.posted", "ledger.*", "ledger.**"] } } });
    await k.load({ path: "ear", grants: ["subscribe:ledger.**"] });
    expect(k.list()[0]?.events).toEqual(["ledger.posted", "ledger.*", "ledger.**"]);
  });
});

describe("a plugin that is refused", () => {
  it("is not listened to any more, even where its calls came right behind its hello", async () => {
    const asked: string[] = [];
    const pushy: Script = {
      manifest: { methods: { "a.x": {} } }, hello: { methods: ["a.x", "a.more"] },
      greeted(guest) {
        guest.raw({ t: "req", id: 2, m: "host.pay", p: null });
        guest.raw({ t: "ev", m: "host.paid", p: null });
      },
    };
    const { k } = start({ a: pushy });
    k.provide("host.pay", () => asked.push("call"));
    k.subscribe("**", () => asked.push("event"));
    await expect(k.load({ path: "a", grants: ["call:**", "publish:**"] })).rejects.toMatchObject({ code: "manifest_mismatch" });
    expect(asked).toEqual([]);
  });

  it("for frames before it is up cannot fill the host's memory with them", async () => {
    const { k, adapter } = start({ a: { greeted: (guest) => { for (let i = 0; i < 10_000; i++) guest.raw({ t: "log", lv: "info", msg: "x" }); } } });
    const slow = adapter.open.bind(adapter);
    Object.assign(adapter, { open: async (...args: Parameters<typeof slow>) => { const boundary = await slow(...args); await new Promise((resolve) => setTimeout(resolve, 5)); return boundary; } });
    await expect(k.load({ path: "a" })).rejects.toMatchObject({ code: "protocol_violation" });
    expect(adapter.live).toBe(0);
  });
});

describe("what a hello says of a method", () => {
  it("is taken only where it has the right type, and nothing else of it is kept", async () => {
    const method = { name: "a.x", timeout: "soon", stream: "sideways", idempotent: "yes", provider: "host", description: "<script>" };
    const { k } = start({ a: { hello: { methods: [method as never] }, request: () => 1 } });
    await k.load({ path: "a" });
    expect(k.api()).toEqual([{ name: "a.x", provider: "a" }]);
    await expect(k.call("a.x")).resolves.toBe(1);
  });
});

describe("a failure of one plugin", () => {
  it("to start tells another neither paths nor output of the host", async () => {
    let told: unknown;
    const asker: Script = { hello: { methods: ["a.ask"] }, async request(call, guest) { told = await guest.peer.request("fx.x", null, { parent: call }).result.catch((error: SallyportError) => ({ code: error.code, text: JSON.stringify(error) })); return null; } };
    for (const failure of [new Error("ENOENT /home/alice/keys"), new SallyportError("bad_handshake", "got 'hunter2 /home/alice'", { data: "/home/alice" })]) {
      const { k } = start({ a: asker, fx: { manifest: { methods: { "fx.x": {} } }, opening: () => { throw failure; } } });
      await k.load({ path: "fx", start: "lazy", restart: false });
      await k.load({ path: "a", grants: ["call:fx.x"] });
      await k.call("a.ask");
      expect((told as { text: string }).text).not.toMatch(/alice|hunter2/);
      await k.close();
    }
  });
});

describe("a call made for another", () => {
  it("whose parent ended while it waited for a place is not made", async () => {
    const asked: unknown[] = [];
    let release!: () => void;
    const { k } = start({
      fx: { hello: { methods: ["fx.x"], limits: { inflight: 1 } }, request: (call) => { asked.push(call.params); return new Promise((resolve) => (release = () => resolve(null))); } },
      // Answers at once and leaves its own call behind.
      a: { hello: { methods: ["a.go"] }, request: (call: { id: number }, guest: Guest) => { guest.raw({ t: "req", id: 2, m: "fx.x", p: "orphan", par: call.id }); return new Promise((resolve) => setTimeout(() => resolve(null), 10)); } },
    });
    await k.load({ path: "fx" });
    await k.load({ path: "a", grants: ["call:fx.x"] });
    const first = k.call("fx.x", "first");
    await vi.waitFor(() => expect(asked).toEqual(["first"]));
    await k.call("a.go");
    release();
    await first;
    await vi.waitFor(() => expect(k.list().map(({ stats }) => stats.queued + stats.inFlight)).toEqual([0, 0]));
    expect(asked).toEqual(["first"]);
  });
});
