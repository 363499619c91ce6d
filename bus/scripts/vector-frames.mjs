/** One valid example of every frame, and of what a frame can carry. PROTOCOL.md shows the same shapes. */
export const FRAMES = [
  ["hello, plugin, shortest", { t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo"] }],
  ["hello, plugin, every field", {
    t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo", { name: "demo.count", stream: "out", idempotent: true, timeout: 5000 }],
    features: ["stream", "cancel", "ping", "log", "progress", "events", "hostcall", "init"], limits: { inflight: 4, frame: 65536 },
    needs: ["call:ledger.balance", "publish:demo.*"], events: ["demo.poke"], provides: { rates: "2.3.0" }, requires: { ledger: "^1.4" }, sdk: "none",
  }],
  ["hello, host", {
    t: "hello", host: "sallyport", version: "0.1.0", proto: "1.0", features: ["stream", "cancel"],
    limits: { memory: 256, frame: 1048576, inflight: 16, queue: 256, outgoing: 64, deadline: 30000, credit: 32, events: 64 },
    grants: ["call:ledger.balance"], config: { currency: "CHF" }, instance: "demo#7f3a",
  }],
  ["req, shortest", { t: "req", id: 1, m: "demo.echo", p: null }],
  ["req, every field", {
    t: "req", id: 3, m: "demo.count", p: { to: 3 }, dl: 250, cr: 16, in: true, par: 2,
    meta: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tenant: "acme", idem: "k-1" },
  }],
  ["req, from a plugin", { t: "req", id: 2, m: "ledger.balance", p: { account: "CH93" }, par: 3 }],
  ["req, $init", { t: "req", id: 1, m: "$init", p: null }],
  ["res", { t: "res", id: 1, r: { text: "HALLO", items: [1, 2.5, -3, true, null] } }],
  ["res, with a warning", { t: "res", id: 1, r: 12, w: [{ code: "demo.rounded", msg: "rounded to cents", path: "params.amount" }] }],
  ["err, shortest", { t: "err", id: 1, e: { code: "unimplemented", msg: "no method demo.nope" } }],
  ["err, every field of a plugin", {
    t: "err", id: 5, e: {
      code: "fx.unknown_pair", msg: "no rate for EURXXX", retryable: true, retryAfterMs: 500, data: { pair: "EURXXX" }, help: "Add the pair to the table.",
      url: "https://example.org/fx", path: "params.pair", cause: { code: "not_found", msg: "XXX" }, stack: "fx.py:12", at: "fx.py:12",
    },
  }],
  ["data", { t: "data", id: 3, d: 1 }],
  ["data, bytes", { t: "data", id: 3, d: new Uint8Array([0, 1, 254, 255]) }],
  ["end", { t: "end", id: 3 }],
  ["credit", { t: "credit", id: 3, n: 16 }],
  ["credit, events", { t: "credit", id: 0, n: 32 }],
  ["prog", { t: "prog", id: 1, p: { done: 2, total: 5, note: "reading" } }],
  ["cancel", { t: "cancel", id: 3, why: "deadline" }],
  ["ev", { t: "ev", m: "ledger.posted", p: { amount: "12.50" } }],
  ["ev, with meta", { t: "ev", m: "demo.poke", p: null, meta: { tenant: "acme" } }],
  ["log", { t: "log", lv: "info", msg: "ready", f: { ms: 12 }, id: 1 }],
  ["ping", { t: "ping", n: 7 }],
  ["pong", { t: "pong", n: 7 }],
  ["bye, host", { t: "bye", why: "shutdown", ms: 2000 }],
  ["bye, plugin", { t: "bye", why: "idle" }],
];
