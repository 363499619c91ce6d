/** One direction of one connection, in order: each frame may refer to what the ones before it defined. */
const order = (id, side) => ({ id, side, price: "98.46" });

export const RECORDS = [
  ["hello: any frame, as a map", { t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo"] }],
  ["req: a new name, keys for the first time", { t: "req", id: 1, m: "demo.echo", p: order(1, "buy"), dl: 30000 }],
  ["req: keys again, which defines a shape", { t: "req", id: 3, m: "demo.echo", p: order(2, "sell"), dl: 30000 }],
  ["req: the shape", { t: "req", id: 5, m: "demo.echo", p: order(300, "buy"), dl: 250 }],
  ["req: every field", { t: "req", id: 7, m: "demo.count", p: null, dl: 250, cr: 16, in: true, par: 2, meta: { tenant: "acme" } }],
  ["req: an id beyond 32 bits, as a map", { t: "req", id: 2 ** 32 + 1, m: "demo.echo", p: 1 }],
  ["res: many of a shape", { t: "res", id: 1, r: [order(1, "buy"), order(2, "sell"), order(3, "buy")] }],
  ["res: an absent property", { t: "res", id: 3, r: { id: 4, side: undefined, price: "1" } }],
  ["res: with a warning", { t: "res", id: 5, r: 12, w: [{ code: "demo.rounded", msg: "rounded to cents", path: "params.amount" }] }],
  ["err", { t: "err", id: 7, e: { code: "not_found", msg: "XXX" } }],
  ["data: integers", { t: "data", id: 2, d: [0, 63, 64, -1, 127, 128, -128, -129, 32767, 32768, -32769, 2147483647, 2147483648, 9007199254740992] }],
  ["data: floats and integers beyond 2^53", { t: "data", id: 2, d: [0.5, -1e300, 9007199254740993n, -9223372036854775808n] }],
  ["data: text", { t: "data", id: 2, d: ["", "a".repeat(40), "b".repeat(41), "é€😀", "\ufeffx"] }],
  ["data: bytes and a time", { t: "data", id: 2, d: [new Uint8Array(0), new Uint8Array([1, 2, 255]), new Date("1969-12-31T23:59:59.999Z")] }],
  ["data: an array of 32, empty map and array", { t: "data", id: 2, d: [Array.from({ length: 32 }, () => true), {}, [], false] }],
  ["ev: a name of its own", { t: "ev", m: "ledger.posted", p: { amount: "12.50" } }],
  ["ev: with meta", { t: "ev", m: "ledger.posted", p: null, meta: { tenant: "acme" } }],
  ["credit, for events", { t: "credit", id: 0, n: 32 }],
  ["end", { t: "end", id: 2 }],
  ["cancel", { t: "cancel", id: 7, why: "caller" }],
  ["prog", { t: "prog", id: 7, p: { done: 2, total: 5 } }],
  ["bye", { t: "bye", why: "shutdown", ms: 2000 }],
];
