import { createPeer, SallyportError, type Frame, type IncomingCall } from "@sallyport/bus";
import { describe, expect, it, vi } from "vitest";
import { manualClock, pair, settle } from "./pair.js";

/** A host peer whose wire is the test. */
function alone(send: (frame: Frame) => boolean | void) {
  const clock = manualClock();
  const violations: string[] = [];
  const stuck: string[] = [];
  const asked: string[] = [];
  const peer = createPeer({
    role: "host", clock,
    send: (frame) => send(frame) ?? true,
    handlers: {
      hello() {}, request: (call) => void asked.push(call.method), event: (frame) => void asked.push(frame.m), log() {}, bye() {},
      violation: (error) => violations.push(error.code), stuck: (_call, method) => stuck.push(method),
    },
  });
  const greet = (): void => peer.receive({ t: "hello", name: "g", version: "1", methods: [] });
  const open = (): void => {
    greet();
    peer.open({ features: new Set(["stream", "cancel", "events"]), credit: 2, eventsOut: 2, eventsIn: 2 });
  };
  return { peer, clock, violations, stuck, asked, greet, open };
}

describe("a call", () => {
  it("made for one that was cancelled already is refused, and nothing is sent", async () => {
    let late!: (call: IncomingCall) => void;
    const made = new Promise<unknown>((resolve) => {
      late = (call) => resolve(p.guest.request("host.x", null, { parent: call }).result.catch((error: SallyportError) => error.code));
    });
    const p = await pair({ request: (call) => new Promise((_r, reject) => call.signal.addEventListener("abort", () => { late(call); reject(call.signal.reason as Error); })) });
    const call = p.host.request("outer", null);
    await settle();
    call.cancel("caller");
    await expect(made).resolves.toBe("cancelled");
    await call.released;
    expect(p.wire.filter(({ from, frame }) => from === "guest" && frame.t !== "err")).toEqual([]);
    expect(p.guest.outgoing).toBe(0);
  });

  it("that is answered while it is being sent leaves no timer and no listener", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const added = vi.spyOn(signal, "addEventListener");
    const host = alone((frame) => void (frame.t === "req" && host.peer.receive({ t: "res", id: frame.id, r: 1 })));
    host.open();
    const timers = vi.spyOn(host.clock, "setTimeout");
    await expect(host.peer.request("x", null, { timeoutMs: 50, signal }).result).resolves.toBe(1);
    expect(timers).not.toHaveBeenCalled();
    expect(added.mock.calls.length).toBeLessThanOrEqual(removed.mock.calls.length);
  });

  it("failed for a credit violation counts as stuck when its terminal frame does not come either", async () => {
    const host = alone(() => true);
    host.open();
    const call = host.peer.request("flood", null, { stream: true });
    for (let i = 0; i < 3; i++) host.peer.receive({ t: "data", id: call.id, d: i });
    await expect(call.result).rejects.toMatchObject({ code: "credit_violation" });
    await host.clock.advance(1000);
    expect(host.stuck).toEqual(["flood"]);
  });

  it("whose handler throws what cannot even be read is answered all the same", async () => {
    const hostile = (): never => { throw { get code(): string { throw new Error("no"); } }; };
    const p = await pair({ request: (call) => (call.method === "now" ? hostile() : Promise.resolve().then(hostile)) });
    await expect(p.host.request("now", null).result).rejects.toMatchObject({ code: "internal" });
    await expect(p.host.request("later", null).result).rejects.toMatchObject({ code: "internal" });
    expect(p.guest.incoming).toBe(0);
  });
});

describe("an answer", () => {
  it("that cannot cross, and whose reason cannot either, is still an answer", async () => {
    const sent: Frame[] = [];
    const guest = createPeer({
      role: "guest",
      send(frame) {
        if (JSON.stringify(frame).length > 300) throw new SallyportError("bad_value", `result.${"k".repeat(1000)} is a function`, { path: `result.${"k".repeat(1000)}` });
        sent.push(frame);
        return true;
      },
      handlers: { hello() {}, event() {}, log() {}, bye() {}, violation() {}, stuck() {}, request: () => "x".repeat(1000) },
    });
    guest.receive({ t: "hello", host: "h", version: "1", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "g#1" });
    guest.open({ features: new Set(), credit: 2, eventsOut: 2, eventsIn: 2 });
    guest.receive({ t: "req", id: 1, m: "x", p: null });
    await settle();
    expect(sent).toMatchObject([{ t: "err", id: 1, e: { code: "internal" } }]);
  });
});

describe("credit", () => {
  it("of an event that could not be sent comes back", () => {
    const host = alone((frame) => { if (frame.t === "ev" && frame.p === "big") throw new SallyportError("frame_too_large", "too large"); });
    host.open();
    for (let i = 0; i < 5; i++) expect(() => host.peer.publish("t", "big")).toThrow("too large");
    expect([host.peer.publish("t", 1), host.peer.publish("t", 2), host.peer.publish("t", 3)]).toEqual([true, true, false]);
  });

  it("of an item that could not be sent comes back", async () => {
    const sent: unknown[] = [];
    const guest = createPeer({
      role: "guest",
      send(frame) {
        if (frame.t === "data" && typeof frame.d === "function") throw new SallyportError("bad_value", "a function");
        if (frame.t === "data") sent.push(frame.d);
        return true;
      },
      handlers: {
        hello() {}, event() {}, log() {}, bye() {}, violation() {}, stuck() {},
        async request(call) {
          for (let i = 0; i < 5; i++) await call.write(() => i)?.catch(() => undefined);
          await call.write("good");
        },
      },
    });
    guest.receive({ t: "hello", host: "h", version: "1", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "g#1" });
    guest.open({ features: new Set(["stream"]), credit: 2, eventsOut: 2, eventsIn: 2 });
    guest.receive({ t: "req", id: 1, m: "x", p: null, cr: 2 });
    await settle();
    expect(sent).toEqual(["good"]);
  });
});

describe("before the handshake is settled", () => {
  it("a request or an event breaks the protocol and reaches nobody", () => {
    const host = alone(() => true);
    host.greet();
    host.peer.receive({ t: "req", id: 2, m: "steal", p: null });
    host.peer.receive({ t: "ev", m: "steal", p: null });
    expect(host.asked).toEqual([]);
    expect(host.violations).toEqual(["protocol_violation", "protocol_violation"]);
  });

  it("a call or an event without a name fails where it is made, and the connection lives on", async () => {
    const p = await pair({ request: () => "still here" });
    for (const name of ["", "x".repeat(257), 5 as unknown as string]) {
      await expect(p.guest.request(name, null).result).rejects.toMatchObject({ code: "invalid_argument", path: "method" });
      expect(() => p.guest.publish(name, null)).toThrow(expect.objectContaining({ code: "invalid_argument", path: "topic" }));
    }
    expect(p.violations).toEqual([]);
    await expect(p.host.request("now", null).result).resolves.toBe("still here");
  });
});
