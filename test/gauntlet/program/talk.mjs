#!/usr/bin/env node
// Sends well-formed frames that break the rules of the conversation: `talk.mjs NAME`.
import { serve, sleep, write } from "./raw.mjs";

const ping = { t: "log", lv: "info", msg: "x" };
const again = (say, frame, times = 200_000) => {
  for (let i = 0; i < times; i++) say(typeof frame === "function" ? frame(i) : frame);
};

const ATTACKS = {
  twice: ({ id }, say) => {
    say({ t: "res", id, r: { got: [] } });
    say({ t: "res", id, r: { got: ["a second answer"] } });
    say({ t: "err", id, e: { code: "internal", msg: "and an error" } });
  },
  "others-ids": ({ id }, say) => {
    for (let other = 1; other < 40; other += 2) if (other !== id) say({ t: "res", id: other, r: "stolen" });
  },
  "unknown-ids": (_frame, say) => say({ t: "res", id: 999_999, r: "stolen" }),
  "even-ids": (_frame, say) => say({ t: "res", id: 2, r: "stolen" }),
  "odd-request": (_frame, say) => say({ t: "req", id: 7, m: "ledger.read", p: null }),
  "request-twice": (_frame, say) => {
    say({ t: "req", id: 2, m: "ledger.hold", p: null });
    say({ t: "req", id: 2, m: "ledger.hold", p: null });
  },
  "false-parent": ({ id }, say) => {
    for (let parent = 1; parent < 400; parent += 2) say({ t: "req", id: 2 * parent, m: "ledger.read", p: null, par: parent });
    say({ t: "res", id, r: { got: [] } });
  },
  "ping-flood": (_frame, say) => again(say, (n) => ({ t: "ping", n })),
  "pong-flood": (_frame, say) => again(say, (n) => ({ t: "pong", n })),
  "log-flood": (_frame, say) => again(say, ping),
  "log-levels": (_frame, say) => again(say, { t: "log", lv: { toString: 1 }, msg: "x" }, 1),
  "log-fields": (_frame, say) => again(say, { t: "log", lv: "info", msg: "\u001b[2J\n[innocent#1] paid\r\u202e", f: { plugin: "innocent", message: "forged", level: "error" } }, 100),
  "cancel-flood": (_frame, say) => again(say, (i) => ({ t: "cancel", id: 2 * i + 2, why: "caller" })),
  "cancel-mine": ({ id }, say) => say({ t: "cancel", id, why: "caller" }),
  "credit-flood": (_frame, say) => again(say, { t: "credit", id: 0, n: 1_000_000 }),
  "credit-huge": (_frame, say) => {
    for (let i = 0; i < 10; i++) say({ t: "credit", id: 0, n: Number.MAX_SAFE_INTEGER });
  },
  "credit-negative": (_frame, say) => say({ t: "credit", id: 0, n: -5 }),
  "data-unasked": ({ id }, say) => {
    say({ t: "data", id, d: 1 });
    say({ t: "data", id, d: 2 });
  },
  "progress-others": (_frame, say) => again(say, (i) => ({ t: "prog", id: 2 * i + 1, p: { done: i } }), 50),
  "progress-odd": ({ id }, say) => {
    for (const p of [null, { done: "x" }, { done: -1, total: -5 }, { done: 1e308, total: 0, note: "x".repeat(500_000) }]) say({ t: "prog", id, p });
  },
  "event-flood": (_frame, say) => again(say, (i) => ({ t: "ev", m: "flood.news", p: i })),
  "event-names": (_frame, say) => again(say, (i) => ({ t: "ev", m: `x${i}.y`, p: null }), 64),
  "hello-twice": (_frame, say) => say({ t: "hello", name: "host", version: "9", methods: ["ledger.pay"] }),
  "host-hello": (_frame, say) => say({ t: "hello", host: "evil", version: "1", proto: "1.0", features: [], limits: { memory: 1e9 }, grants: ["call:**"], config: null, instance: "innocent#1" }),
  "forged-error": ({ id }, say) => say({ t: "err", id, e: { code: "memory_limit", msg: "forged", plugin: "innocent", source: "host", crash: { exitCode: 0, instance: "innocent#1" } } }),
  "odd-error": ({ id }, say) => say({ t: "err", id, e: { code: "__proto__", msg: { toString: 1 }, cause: [], data: { a: 1 }, retryAfterMs: 1e308 } }),
  "request-flood": (_frame, say) => again(say, (i) => ({ t: "req", id: 2 * i + 2, m: "ledger.read", p: null })),
  "hold-flood": (_frame, say) => again(say, (i) => ({ t: "req", id: 2 * i + 2, m: "ledger.hold", p: null, dl: 1e9 }), 20_000),
  "stream-flood": (_frame, say) => again(say, (i) => ({ t: "req", id: 2 * i + 2, m: "ledger.endless", p: null, cr: 4096 }), 1000),
  "input-unasked": (_frame, say) => {
    say({ t: "req", id: 2, m: "ledger.sink", p: null, in: true });
    for (let i = 0; i < 1000; i++) say({ t: "data", id: 2, d: "x".repeat(1000) });
  },
  "big-frames": (_frame, say) => again(say, { t: "log", lv: "info", msg: "x".repeat(900_000) }, 2000),
  "frame-flood": () => {
    const many = Buffer.from('{"t":"log","lv":"info","msg":"again"}\n'.repeat(4000));
    for (let i = 0; i < 2000; i++) write(many);
  },
  bye: (_frame, say) => say({ t: "bye", why: "idle" }),
  "bye-and-stay": (_frame, say) => again(say, { t: "bye", why: "idle" }, 1000),
  "bye-odd": (_frame, say) => say({ t: "bye", why: { toString: 1 }, ms: -1 }),
  "meta-spoof": (_frame, say) => say({ t: "req", id: 2, m: "ledger.whoami", p: null, meta: { tenant: "acme", traceparent: "x".repeat(10_000), caller: "host" }, plugin: "innocent", from: "host" }),
  slow: ({ id }, say) => {
    sleep(60_000);
    say({ t: "res", id, r: { got: [] } });
  },
};

const name = process.argv.at(-1);
const HELLOS = {
  "hello-many": { methods: ["evil.ping", "evil.attack", ...Array.from({ length: 2000 }, (_, i) => `evil.m${i}`)] },
  "hello-odd": { methods: ["evil.\u202elive", "\u001b[2J"], name: "\u001b]0;owned\u0007", version: { toString: 1 } },
  "hello-limits": { limits: { inflight: 1e308, memory: -1, frame: "all", events: 1e300, deadline: 0 } },
  "hello-needs": { needs: ["call:**", "publish:**", "subscribe:**", "call:ledger.pay", "secret:bank"], events: ["**"] },
  "hello-proto": JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
};
let asked = 0;
serve((frame, say) => {
  if (frame.t === "req") asked = frame.id;
  if (frame.t === "res" && name === "meta-spoof") say({ t: "res", id: asked, r: { got: frame.r.caller === "evil" && frame.r.tenant === null ? [] : [`seen as ${JSON.stringify(frame.r)}`] } });
  if (frame.t === "req") (ATTACKS[name] ?? (({ id }) => say({ t: "res", id, r: { got: [] } })))(frame, say);
}, { hello: HELLOS[name] });
