import { deepStrictEqual } from "node:assert/strict";
import { createBytes, type Frame as BusFrame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { Frame, Maybe, Value } from "@sallyport/capnp/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyValue, canonical } from "../bus/arbitrary.js";
import { bytesOf, got, gotFields, newMessage, opened, put, putFields, readAsFrame } from "./library.js";

// Somebody else's Cap'n Proto, by the classes that it generates from the schema: what we write has to be read by it, and the reverse.

/** Its reader takes a byte order mark at the start of a text away; ours does not. */
const hasMark = (value: unknown): boolean => JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item))?.includes("\ufeff") ?? false;

const written = (frame: unknown): Uint8Array => {
  const out = createBytes();
  capnpCodec.createEncoder().encode(frame as BusFrame, out, 1 << 20);
  return out.bytes.slice(0, out.size);
};
const read = (bytes: Uint8Array): unknown => capnpCodec.createDecoder().decode(bytes, 0, bytes.length);

describe("values", () => {
  test("it reads what we write", () => {
    fc.assert(fc.property(anyValue.filter((value) => !hasMark(value)), (value) => deepStrictEqual(got(opened(capnpCodec.encode(value)).getRoot(Value)), canonical(value))), { numRuns: 300 });
  });

  test.each([undefined, 64, 512])("we read what it writes, the first segment of %s bytes", (segmentBytes) => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const message = newMessage(segmentBytes);
        put(message.initRoot(Value), value);
        deepStrictEqual(capnpCodec.decode(bytesOf(message)), canonical(value));
      }),
      { numRuns: 300 },
    );
  });

  test("spread over many segments, far pointers lead to it", () => {
    const value = Array.from({ length: 400 }, (_, i) => ({ number: i, text: "x".repeat(40), list: [i, [i]] }));
    const message = newMessage(64);
    put(message.initRoot(Value), value);
    const bytes = bytesOf(message);
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBeGreaterThan(3);
    expect(capnpCodec.decode(bytes)).toEqual(value);
  });
});

describe("frames that we write", () => {
  test("req", () => {
    const { id, req } = readAsFrame(written({ t: "req", id: 3, m: "demo.count", p: { to: 3 }, dl: 250, cr: 0, in: true, par: 2, meta: { tenant: "acme" } }));
    expect([id, req.m, got(req.p), req.dl, req.cr, req.in, req.par, gotFields(req.meta)]).toEqual([3n, "demo.count", { to: 3 }, 250n, 0n, true, 2n, { tenant: "acme" }]);
    const { req: short } = readAsFrame(written({ t: "req", id: 1, m: "demo.echo", p: null }));
    expect([short.dl, short.cr, short.in, short.par, short._hasMeta(), short._hasP()]).toEqual([-1n, -1n, false, 0n, false, false]);
  });

  test("res, data, credit, prog, end, cancel, ping, pong", () => {
    const res = readAsFrame(written({ t: "res", id: 2 ** 53 - 1, r: "HALLO", w: [{ code: "a.b", msg: "c" }] }));
    expect([res.id, got(res.res.r), got(res.res.w)]).toEqual([2n ** 53n - 1n, "HALLO", [{ code: "a.b", msg: "c" }]]);
    expect(got(readAsFrame(written({ t: "data", id: 3, d: [1] })).data)).toEqual([1]);
    expect([readAsFrame(written({ t: "credit", id: 0, n: 32 })).id, readAsFrame(written({ t: "credit", id: 0, n: 32 })).credit]).toEqual([0n, 32n]);
    expect(gotFields(readAsFrame(written({ t: "prog", id: 1, p: { done: 2, note: "x" } })).prog)).toEqual({ done: 2, note: "x" });
    expect(readAsFrame(written({ t: "end", id: 3 })).which()).toBe(Frame.END);
    expect(readAsFrame(written({ t: "cancel", id: 3, why: "deadline" })).cancel).toBe("deadline");
    expect([readAsFrame(written({ t: "ping", n: 7 })).ping, readAsFrame(written({ t: "pong", n: 8 })).pong]).toEqual([7n, 8n]);
  });

  test("err, with what has a place and what has none", () => {
    const e = { code: "fx.unknown", msg: "no rate", retryable: false, retryAfterMs: 500, path: "params.pair", help: "Add it.", url: "https://example.org", data: { a: 1 }, at: "fx.py:12", stack: "s", cause: { code: "not_found", msg: "XXX" }, source: "plugin", plugin: "fx" };
    const { err } = readAsFrame(written({ t: "err", id: 5, e }));
    expect([err.code, err.msg, err.retryable, err.retryAfterMs, err.path, err.help, err.url, got(err.data), err.at, err.stack]).toEqual(["fx.unknown", "no rate", Maybe.NO, 500n, "params.pair", "Add it.", "https://example.org", { a: 1 }, "fx.py:12", "s"]);
    expect([err.cause.code, err.cause.msg, err.cause._hasCause(), gotFields(err.more)]).toEqual(["not_found", "XXX", false, { source: "plugin", plugin: "fx" }]);
  });

  test("hello of both sides, ev, log, bye", () => {
    const { guestHello } = readAsFrame(written({ t: "hello", name: "demo", version: "1.0.0", methods: ["a.b", { name: "a.c", stream: "out", idempotent: true, timeout: 5, note: "n" }], features: ["stream"], limits: { inflight: 4 }, needs: ["call:**"], events: ["demo.poke"], provides: { rates: "2.3.0" }, requires: { ledger: "^1" }, sdk: "none" }));
    expect([guestHello.name, guestHello.version, guestHello.sdk, guestHello.features.toArray(), guestHello.needs.toArray(), guestHello.events.toArray()]).toEqual(["demo", "1.0.0", "none", ["stream"], ["call:**"], ["demo.poke"]]);
    expect([gotFields(guestHello.limits), gotFields(guestHello.provides), gotFields(guestHello.requires)]).toEqual([{ inflight: 4 }, { rates: "2.3.0" }, { ledger: "^1" }]);
    expect(guestHello.methods.toArray().map((method) => [method.name, method.stream, method.idempotent, method.timeout, gotFields(method.more)])).toEqual([["a.b", "", Maybe.UNSAID, -1n, {}], ["a.c", "out", Maybe.YES, 5n, { note: "n" }]]);
    const { hostHello } = readAsFrame(written({ t: "hello", host: "h", version: "0.1.0", proto: "1.0", features: [], limits: { frame: 1 }, grants: ["call:x"], config: { a: 1 }, instance: "demo#1" }));
    expect([hostHello.host, hostHello.version, hostHello.proto, hostHello.features.toArray(), gotFields(hostHello.limits), hostHello.grants.toArray(), got(hostHello.config), hostHello.instance]).toEqual(["h", "0.1.0", "1.0", [], { frame: 1 }, ["call:x"], { a: 1 }, "demo#1"]);
    const { ev } = readAsFrame(written({ t: "ev", m: "a.b", p: 1, meta: { tenant: "acme" } }));
    expect([ev.m, got(ev.p), gotFields(ev.meta)]).toEqual(["a.b", 1, { tenant: "acme" }]);
    const frame = readAsFrame(written({ t: "log", lv: "info", msg: "ready", f: { ms: 1 }, id: 9 }));
    expect([frame.log.lv, frame.log.msg, gotFields(frame.log.f), frame.id]).toEqual(["info", "ready", { ms: 1 }, 9n]);
    const { bye } = readAsFrame(written({ t: "bye", why: "shutdown", ms: 0 }));
    expect([bye.why, bye.ms]).toEqual(["shutdown", 0n]);
  });

  test("what the schema does not know travels beside it", () => {
    const frame = readAsFrame(written({ t: "ping", n: 7, later: [1] }));
    expect(gotFields(frame.more)).toEqual({ later: [1] });
    const other = readAsFrame(written({ t: "probe", id: 4, x: 1 }));
    expect([other.other, gotFields(other.more)]).toEqual(["probe", { id: 4, x: 1 }]);
  });
});

describe("frames that it writes", () => {
  const frame = (fill: (root: Frame) => void, segmentBytes?: number): unknown => {
    const message = newMessage(segmentBytes);
    fill(message.initRoot(Frame));
    return read(bytesOf(message));
  };

  test.each([undefined, 64])("are the frames of the protocol, the first segment of %s bytes", (segmentBytes) => {
    expect(frame((root) => {
      const hello = root._initGuestHello();
      hello.name = "demo";
      hello.version = "1.0.0";
      const methods = hello._initMethods(2);
      methods.get(0).name = "demo.echo";
      methods.get(1).name = "demo.count";
      methods.get(1).stream = "out";
      hello._initFeatures(1).set(0, "stream");
      putFields(hello._initLimits(1), { inflight: 4 });
    }, segmentBytes)).toEqual({ t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo", { name: "demo.count", stream: "out" }], features: ["stream"], limits: { inflight: 4 } });
    expect(frame((root) => {
      root.id = 5n;
      const err = root._initErr();
      err.code = "conflict";
      err.msg = "";
      err.retryable = Maybe.YES;
      err._initCause().code = "not_found";
    }, segmentBytes)).toEqual({ t: "err", id: 5, e: { code: "conflict", msg: "", retryable: true, cause: { code: "not_found" } } });
    expect(frame((root) => {
      root.id = 3n;
      put(root._initData(), ["x", 1.5]);
    }, segmentBytes)).toEqual({ t: "data", id: 3, d: ["x", 1.5] });
    expect(frame((root) => {
      root.id = 2n;
      root._initReq().m = "ledger.balance";
      root.req.dl = 0n;
      root.req.par = 7n;
    }, segmentBytes)).toEqual({ t: "req", id: 2, m: "ledger.balance", p: null, dl: 0, par: 7 });
  });
});
