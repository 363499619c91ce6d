import type { ConformanceCase } from "../case.js";
import { string } from "../pattern.js";
import { call, cancel, credit, expect, failure, fence, result, send, terminal } from "./words.js";

export const CALLS: readonly ConformanceCase[] = [
  { id: "call.result", title: "a call has a result", steps: [call("a", "demo.upper", { text: "Grüße, sallyport" }), result("a", "GRüßE, SALLYPORT")] },
  {
    id: "call.many",
    title: "one instance answers call after call, each under its own id",
    steps: Array.from({ length: 20 }, (_, index) => [call(`call ${index}`, "demo.echo", index), result(`call ${index}`, index)]).flat(),
  },
  {
    id: "call.invalid-argument",
    title: "a wrong argument is an error that names the field",
    steps: [call("a", "demo.upper", { text: 5 }), failure("a", "invalid_argument", { msg: "text must be a string", path: "params.text" })],
  },
  { id: "call.unknown-method", title: "an unknown method is 'unimplemented'", steps: [call("a", "demo.nowhere", {}), failure("a", "unimplemented", { msg: string })] },
  { id: "call.reserved-method", title: "a reserved method that nobody defined is 'unimplemented'", steps: [call("a", "$nowhere", null), failure("a", "unimplemented")] },
  {
    id: "call.error-as-data",
    title: "an error carries its code and text and ends only its call",
    steps: [
      call("a", "demo.fail", { code: "conflict", msg: "twice \"the same\"\nnight — 夜" }),
      failure("a", "conflict", { msg: "twice \"the same\"\nnight — 夜" }),
      call("b", "demo.echo", "alive"),
      result("b", "alive"),
    ],
  },
  { id: "call.own-code", title: "a plugin's own code crosses unchanged", steps: [call("a", "demo.fail", { code: "demo.out_of_ink", msg: "no ink" }), failure("a", "demo.out_of_ink", { msg: "no ink" })] },
  { id: "call.unknown-keys", title: "unknown keys of a request are ignored", steps: [call("a", "demo.echo", 1, { future: { deep: [true] }, zz: null }), result("a", 1)] },
  { id: "call.meta", title: "a request with meta data is an ordinary request", steps: [call("a", "demo.echo", 1, { meta: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", idem: "k1" } }), result("a", 1)] },
  {
    id: "call.unknown-types",
    title: "frames of an unknown type are ignored",
    steps: [send({ t: "hologram", id: "x", p: { a: 1 } }), send({ t: "zzz" }), call("a", "demo.echo", "unmoved"), result("a", "unmoved")],
  },
  {
    id: "call.unknown-ids",
    title: "cancel, credit, data and end for a call that is not open are ignored",
    steps: [
      cancel("never"),
      credit("never", 5),
      send({ t: "data", id: "never", d: 1 }),
      send({ t: "end", id: "never" }),
      call("a", "demo.echo", 1),
      result("a", 1),
      cancel("a"),
      fence,
    ],
  },
  { id: "call.in-time", title: "a deadline that is kept changes nothing", steps: [call("a", "demo.echo", [1], { dl: 30_000 }), result("a", [1])] },
  {
    id: "call.interleaved",
    title: "a slow call does not hold up a quick one",
    needs: { methods: ["demo.sleep"], inflight: 2 },
    steps: [call("slow", "demo.sleep", { ms: 300 }), call("quick", "demo.echo", "first"), result("quick", "first"), result("slow", { slept: 300 })],
  },
  {
    id: "call.at-once",
    title: "as many calls as the limit allows are open at once, and each is answered",
    needs: { features: ["cancel"], methods: ["demo.sleep"], inflight: 8 },
    limits: { inflight: 8 },
    steps: [
      ...Array.from({ length: 7 }, (_, index) => call(`slow ${index}`, "demo.sleep", { ms: 600_000 })),
      fence,
      ...Array.from({ length: 7 }, (_, index) => [cancel(`slow ${6 - index}`), failure(`slow ${6 - index}`, "cancelled")]).flat(),
    ],
  },
  {
    id: "call.progress",
    title: "progress comes before the result, in order",
    needs: { features: ["progress"], methods: ["demo.steps"] },
    steps: [
      call("a", "demo.steps", { steps: 3 }),
      ...[1, 2, 3].map((done) => expect({ t: "prog", id: "a", p: { done, total: 3 } })),
      result("a", { steps: 3 }),
    ],
  },
  {
    id: "call.log",
    title: "a log frame carries level and text",
    needs: { features: ["log"], methods: ["demo.log"] },
    steps: [call("a", "demo.log", { msg: "ink is low: 3 %" }), expect({ t: "log", lv: "info", msg: "ink is low: 3 %" }), result("a", true)],
  },
  {
    id: "call.copied",
    title: "what the host changes after sending does not reach the plugin",
    needs: { traits: { copies: true } },
    steps: [{ do: "send", frame: { t: "req", id: "a", m: "demo.echo", p: { kept: 1 } }, thenClear: true }, result("a", { kept: 1 })],
  },
  {
    id: "cancel.in-flight",
    title: "a cancelled call ends at once, with exactly one terminal frame",
    needs: { features: ["cancel"], methods: ["demo.sleep"], inflight: 2 },
    steps: [call("a", "demo.sleep", { ms: 600_000 }), fence, cancel("a"), failure("a", "cancelled"), cancel("a"), fence],
  },
  {
    id: "cancel.race",
    title: "a cancel that crosses the answer does not make a second one",
    steps: [call("a", "demo.echo", 1), cancel("a"), terminal("a", "cancelled"), cancel("a"), fence],
  },
  {
    id: "cancel.deadline",
    title: "a call ends when its deadline passes",
    needs: { features: ["cancel"], methods: ["demo.sleep"], inflight: 2 },
    steps: [call("a", "demo.sleep", { ms: 600_000 }, { dl: 100 }), fence, cancel("a", "deadline"), terminal("a", "deadline_exceeded", "cancelled"), call("b", "demo.echo", 2), result("b", 2)],
  },
  { id: "ping.answered", title: "a ping is answered with its number", needs: { features: ["ping"] }, steps: [send({ t: "ping", n: 7 }), expect({ t: "pong", n: 7 })] },
  {
    id: "ping.during-call",
    title: "a ping is answered while a call is open",
    needs: { features: ["ping", "cancel"], methods: ["demo.sleep"], inflight: 2 },
    steps: [call("a", "demo.sleep", { ms: 600_000 }), send({ t: "ping", n: 41 }), expect({ t: "pong", n: 41 }), cancel("a"), failure("a", "cancelled")],
  },
];
