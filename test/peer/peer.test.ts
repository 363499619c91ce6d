import { SallyportError, type Frame, type Progress } from "@sallyport/bus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock, pair, settle } from "./pair.js";

const count = (frames: { frame: Frame }[], t: Frame["t"]): number => frames.filter(({ frame }) => frame.t === t).length;

describe("requests", () => {
  it("are numbered odd by the host and even by the guest", async () => {
    const p = await pair({ host: { request: () => "from host" }, request: () => "from guest" });
    await expect(p.host.request("a", 1).result).resolves.toBe("from guest");
    await expect(p.guest.request("a", 1).result).resolves.toBe("from host");
    await expect(p.host.request("a", 1).result).resolves.toBe("from guest");
    expect(p.wire.filter(({ frame }) => frame.t === "req").map(({ frame }) => (frame as { id: number }).id)).toEqual([1, 2, 3]);
  });

  it("end once: a second terminal frame and one for a finished id are ignored", async () => {
    const p = await pair({ request: (call) => call.params });
    const call = p.host.request("a", 5);
    p.host.receive({ t: "res", id: call.id, r: "first" });
    p.host.receive({ t: "err", id: call.id, e: { code: "internal", msg: "second" } });
    await expect(call.result).resolves.toBe("first");
    await settle();
    expect(p.violations).toEqual([]);
    expect(p.host.outgoing).toBe(0);
  });

  it("keep the error object, except what only a host may say", async () => {
    const p = await pair({ request: () => { throw new SallyportError("conflict", "taken", { data: { by: "x" }, path: "params.id", retryAfterMs: 5 }); } });
    await expect(p.host.request("a", null).result).rejects.toMatchObject({ code: "conflict", message: "taken", data: { by: "x" }, path: "params.id", retryAfterMs: 5, source: "plugin", method: "a" });
  });

  it("with a result that cannot cross are answered with an error", async () => {
    const p = await pair({ request: () => () => 1 });
    await expect(p.host.request("a", null).result).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("result is a function"), path: "result" });
    expect(p.guest.incoming).toBe(0);
  });

  it("fail together when the connection closes, and their handlers are cancelled", async () => {
    let aborted = false;
    const p = await pair({ request: (call) => new Promise(() => call.signal.addEventListener("abort", () => (aborted = true))) });
    const calls = [p.host.request("a", 1), p.host.request("b", 2, { stream: true })];
    await settle();
    const gone = new SallyportError("plugin_crashed", "gone");
    p.host.close(gone);
    p.guest.close(gone);
    for (const call of calls) await expect(call.result).rejects.toBe(gone);
    expect(aborted).toBe(true);
    await expect(p.host.request("c", 3).result).rejects.toBe(gone);
    expect([p.host.outgoing, p.guest.incoming]).toEqual([0, 0]);
  });
});

describe("streams", () => {
  it("never hold more than the credit, and stop when nobody reads", async () => {
    let sent = 0;
    const p = await pair({ agreed: { credit: 4 }, async request(call) { for (let i = 0; i < 100; i++) { await call.write(i); sent++; } return "end"; } });
    const call = p.host.request("count", null, { stream: true });
    await settle();
    expect(sent).toBe(4);
    const items: unknown[] = [];
    for await (const item of call.output) items.push(item);
    expect(items).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await expect(call.result).resolves.toBe("end");
    expect(p.violations).toEqual([]);
  });

  it("give the items before the error that ends them", async () => {
    const p = await pair({ async request(call) { await call.write(1); await call.write(2); throw new SallyportError("internal", "then it broke"); } });
    const call = p.host.request("x", null, { stream: true });
    const items: unknown[] = [];
    await expect((async () => { for await (const item of call.output) items.push(item); })()).rejects.toMatchObject({ code: "internal" });
    expect(items).toEqual([1, 2]);
  });

  it("keep their order where one is written while others wait and credit comes", async () => {
    let write!: (item: number) => void;
    const p = await pair({ agreed: { credit: 2 }, host: { request: () => null }, request: (call) => { write = (item) => void call.write(item)?.catch(() => undefined); return new Promise(() => undefined); } });
    const call = p.host.request("x", null, { stream: true });
    await settle();
    for (const item of [1, 2, 3]) write(item);
    await settle();
    // Credit for two: one for the third, and one that the fourth finds while the third is on its way.
    p.guest.receive({ t: "credit", id: call.id, n: 2 });
    write(4);
    await settle();
    expect(p.wire.flatMap(({ frame }) => (frame.t === "data" ? [frame.d] : []))).toEqual([1, 2, 3, 4]);
    call.cancel("caller");
  });

  it("are cancelled when the reader leaves", async () => {
    let reason: unknown;
    const p = await pair({ async request(call) { try { for (let i = 0; ; i++) await call.write(i); } catch (error) { reason = error; throw error; } } });
    const call = p.host.request("x", null, { stream: true });
    for await (const item of call.output) if (item === 5) break;
    await settle();
    expect(reason).toMatchObject({ code: "cancelled" });
    expect([p.host.outgoing, p.guest.incoming]).toEqual([0, 0]);
  });

  it("flow in: items wait for the responder's credit", async () => {
    const p = await pair({ agreed: { credit: 2 }, async request(call) { let sum = 0; for await (const item of call.input) sum += item as number; return sum; } });
    await expect(p.host.request("sum", null, { input: Array.from({ length: 50 }, (_, i) => i) }).result).resolves.toBe(1225);
    expect(count(p.wire, "data")).toBe(50);
    expect(count(p.wire, "end")).toBe(1);
  });

  it("that fail on the caller's side end the call: half of it does not pass for the whole", async () => {
    const p = await pair({ async request(call) { let n = 0; for await (const item of call.input) n += item as number; return n; } });
    const call = p.host.request("sum", null, { input: (function* () { yield 1; yield 2; throw new Error("disk gone"); })() });
    await expect(call.result).rejects.toMatchObject({ code: "cancelled", message: expect.stringContaining("disk gone") });
    await call.released;
    expect([p.host.outgoing, p.guest.incoming]).toEqual([0, 0]);
  });

  it("flow both ways at once", async () => {
    const p = await pair({ async request(call) { for await (const item of call.input) await call.write((item as number) * 2); return null; } });
    const call = p.host.request("double", null, { stream: true, input: [1, 2, 3, 4, 5, 6] });
    const items: unknown[] = [];
    for await (const item of call.output) items.push(item);
    expect(items).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it("arrive whole whatever the credit (property)", async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 }), async (credit, length) => {
      const p = await pair({ agreed: { credit }, async request(call) { for (let i = 0; i < length; i++) await call.write(i); return length; } });
      const call = p.host.request("x", null, { stream: true });
      let n = 0;
      for await (const item of call.output) expect(item).toBe(n++);
      expect(n).toBe(length);
      expect(p.violations).toEqual([]);
      expect([p.host.outgoing, p.guest.incoming]).toEqual([0, 0]);
    }), { numRuns: 40 });
  });

  it("beyond the credit fail the call the first time and end the connection the second", async () => {
    const p = await pair({ request: () => new Promise(() => {}) });
    const flood = (): ReturnType<typeof p.host.request> => {
      const call = p.host.request("x", null, { stream: true });
      for (let i = 0; i < 5; i++) p.host.receive({ t: "data", id: call.id, d: i });
      return call;
    };
    await expect(flood().result).rejects.toMatchObject({ code: "credit_violation" });
    await expect(flood().result).rejects.toMatchObject({ code: "credit_violation" });
    expect(p.violations.map(({ fatal }) => fatal)).toEqual([false, true]);
  });

  it("are refused where the other side does not offer them", async () => {
    const p = await pair({ features: ["cancel"] });
    await expect(p.host.request("x", null, { stream: true }).result).rejects.toMatchObject({ code: "failed_precondition" });
    expect(p.wire).toEqual([]);
  });
});

describe("time", () => {
  it("is told as what is left, and the caller hears at its deadline whether or not the responder ends", async () => {
    const clock = manualClock();
    const p = await pair({ clock, request: (call) => new Promise((_r, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason))) });
    const call = p.host.request("slow", null, { timeoutMs: 100 });
    await clock.advance(99);
    expect(p.wire).toHaveLength(1);
    await clock.advance(1);
    await expect(call.result).rejects.toMatchObject({ code: "deadline_exceeded" });
    await call.released;
    expect(p.wire.map(({ frame }) => frame.t)).toEqual(["req", "cancel", "err"]);
    expect(p.wire[0]?.frame).toMatchObject({ dl: 100 });
    expect(p.stuck).toEqual([]);
  });

  it("shrinks through nested calls, which end with their parent", async () => {
    const clock = manualClock();
    let nested: Promise<unknown> | undefined;
    const p = await pair({
      clock,
      host: { request: () => new Promise(() => {}) },
      async request(call) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 30));
        nested = p.guest.request("host.slow", null, { parent: call, timeoutMs: 1000 }).result;
        return nested;
      },
    });
    const call = p.host.request("outer", null, { timeoutMs: 100 });
    call.result.catch(() => undefined);
    await clock.advance(30);
    expect(p.wire.find(({ from, frame }) => from === "guest" && frame.t === "req")?.frame).toMatchObject({ dl: 70, par: call.id });
    call.cancel("caller");
    await clock.advance(0);
    await expect(nested).rejects.toMatchObject({ code: "cancelled" });
    expect(p.wire).toContainEqual({ from: "guest", frame: expect.objectContaining({ t: "cancel", why: "parent" }) });
  });

  it("without a terminal frame after the cancel reports the call as stuck", async () => {
    const clock = manualClock();
    const p = await pair({ clock, request: () => new Promise(() => {}) });
    const call = p.host.request("hang", null, { timeoutMs: 50 });
    await clock.advance(50);
    await expect(call.result).rejects.toMatchObject({ code: "deadline_exceeded" });
    await clock.advance(999);
    expect(p.stuck).toEqual([]);
    await clock.advance(1);
    expect(p.stuck).toEqual(["hang"]);
  });

  it("that is over before the call starts sends nothing", async () => {
    const p = await pair();
    await expect(p.host.request("x", null, { timeoutMs: 0 }).result).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(p.wire).toEqual([]);
  });

  it("passes on ten progress reports a second at most, and always the last one", async () => {
    const clock = manualClock();
    const p = await pair({ clock, async request(call) { for (let done = 1; done <= 50; done++) { call.progress({ done, total: 50 }); await new Promise<void>((resolve) => clock.setTimeout(resolve, 10)); } return null; } });
    const seen: Progress[] = [];
    const call = p.host.request("x", null, { onProgress: (progress) => seen.push(progress) });
    await clock.advance(1000);
    await call.result;
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.length).toBeLessThanOrEqual(7);
    expect(seen.at(-1)).toMatchObject({ done: 50 });
  });
});

describe("events", () => {
  it("cost credit, which comes back as they are handled", async () => {
    const heard: unknown[] = [];
    const p = await pair({ agreed: { eventsOut: 4, eventsIn: 4 }, guest: { event: (frame) => heard.push(frame.p) } });
    expect([1, 2, 3, 4, 5].map((n) => p.host.publish("t", n))).toEqual([true, true, true, true, false]);
    await settle();
    expect(heard).toEqual([1, 2, 3, 4]);
    expect(p.host.publish("t", 6)).toBe(true);
  });

  it("without credit are refused, and end the connection the second time", async () => {
    const p = await pair({ agreed: { eventsIn: 1, eventsOut: 1 }, host: { event: () => new Promise(() => {}) } });
    for (let i = 0; i < 3; i++) p.host.receive({ t: "ev", m: "t", p: i });
    expect(p.violations.map(({ error, fatal }) => [error.code, fatal])).toEqual([["credit_violation", false], ["credit_violation", true]]);
  });

  it("wait while the wire is full", async () => {
    const p = await pair();
    p.full = true;
    expect(p.host.publish("t", 1)).toBe(true);
    expect(p.host.publish("t", 2)).toBe(false);
    p.full = false;
    p.host.drained();
    expect(p.host.publish("t", 3)).toBe(true);
  });
});

describe("the protocol", () => {
  it.each<[string, Frame]>([
    ["a request with the host's id", { t: "req", id: 7, m: "x", p: null }],
    ["an answer to a call that was never made", { t: "res", id: 99, r: 1 }],
    ["an answer to its own call", { t: "res", id: 2, r: 1 }],
    ["a second hello", { t: "hello", name: "x", version: "1", methods: [] }],
  ])("is broken by %s", async (_what, frame) => {
    const p = await pair();
    p.host.receive(frame);
    expect(p.violations).toMatchObject([{ by: "host", fatal: true, error: { code: "protocol_violation" } }]);
  });

  it("ignores a cancel for an unknown or finished id", async () => {
    const p = await pair();
    p.guest.receive({ t: "cancel", id: 41, why: "caller" });
    p.host.receive({ t: "cancel", id: 40, why: "caller" });
    expect(p.violations).toEqual([]);
  });

  it("answers pings, and reports the one that is not answered", async () => {
    const clock = manualClock();
    const p = await pair({ clock });
    await expect(p.host.ping(50)).resolves.toBeUndefined();
    p.guest.close(new SallyportError("cancelled", "gone"));
    const silent = p.host.ping(50).catch((error: SallyportError) => error.code);
    await clock.advance(50);
    await expect(silent).resolves.toBe("stuck");
  });
});
