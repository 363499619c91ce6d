import type { ConformanceCase } from "../case.js";
import { integer } from "../pattern.js";
import { absent, call, cancel, credit, discard, expect, failure, fence, result, send, terminal } from "./words.js";

const out = { features: ["stream"], methods: ["demo.count"] } as const;
const input = { features: ["stream"], methods: ["demo.sum"] } as const;

export const STREAMS: readonly ConformanceCase[] = [
  {
    id: "stream.items",
    title: "items come in order, the result after the last",
    needs: out,
    steps: [call("a", "demo.count", { to: 3 }, { cr: 8 }), ...[1, 2, 3].map((d) => expect({ t: "data", id: "a", d })), result("a", { count: 3 })],
  },
  { id: "stream.empty", title: "a stream may be empty", needs: out, steps: [call("a", "demo.count", { to: 0 }, { cr: 8 }), result("a", { count: 0 })] },
  {
    id: "stream.credit",
    title: "a thousand items at credit 16, never one beyond the credit",
    needs: out,
    steps: [call("a", "demo.count", { to: 1000 }, { cr: 16 }), { do: "take", id: "a", from: 1, to: 1000, credit: 16 }, result("a", { count: 1000 })],
  },
  {
    id: "stream.held",
    title: "credit that is held back stops the producer, and more sets it going",
    needs: { ...out, inflight: 2 },
    steps: [
      call("a", "demo.count", { to: 6 }, { cr: 2 }),
      expect({ t: "data", id: "a", d: 1 }),
      expect({ t: "data", id: "a", d: 2 }),
      fence,
      absent({ t: "data", id: "a" }),
      credit("a", 1),
      expect({ t: "data", id: "a", d: 3 }),
      fence,
      absent({ t: "data", id: "a" }),
      credit("a", 10),
      ...[4, 5, 6].map((d) => expect({ t: "data", id: "a", d })),
      result("a", { count: 6 }),
    ],
  },
  {
    id: "stream.interleaved",
    title: "two streams run side by side",
    needs: { ...out, inflight: 2 },
    steps: [
      call("a", "demo.count", { to: 40 }, { cr: 4 }),
      call("b", "demo.count", { to: 40 }, { cr: 4 }),
      { do: "take", id: "b", from: 1, to: 40, credit: 4 },
      { do: "take", id: "a", from: 1, to: 40, credit: 4 },
      result("a", { count: 40 }),
      result("b", { count: 40 }),
    ],
  },
  {
    id: "stream.cancel",
    title: "a stream that waits for credit can be cancelled",
    needs: { features: ["stream", "cancel"], methods: ["demo.count"], inflight: 2 },
    steps: [call("a", "demo.count", { to: 1000 }, { cr: 3 }), ...[1, 2, 3].map((d) => expect({ t: "data", id: "a", d })), cancel("a"), terminal("a", "cancelled"), fence, absent({ t: "data", id: "a" })],
  },
  {
    id: "input.sum",
    title: "an input stream is taken at the plugin's credit",
    needs: input,
    steps: [call("a", "demo.sum", null, { in: true }), { do: "feed", id: "a", from: 1, to: 500 }, result("a", 125_250)],
  },
  { id: "input.empty", title: "an input stream may be empty", needs: input, steps: [call("a", "demo.sum", null, { in: true }), send({ t: "end", id: "a" }), result("a", 0)] },
  {
    id: "input.credit-bounded",
    title: "the plugin gives credit for no more than it can hold",
    needs: { ...input, inflight: 2 },
    steps: [
      call("a", "demo.sum", null, { in: true }),
      expect({ t: "credit", id: "a", n: integer(1, 4096) }),
      fence,
      discard({ t: "credit", id: "a" }),
      // Nothing was sent, so nothing was read: more credit now would come for ever.
      fence,
      fence,
      absent({ t: "credit", id: "a" }),
      send({ t: "end", id: "a" }),
      result("a", 0),
    ],
  },
  {
    id: "input.cancel",
    title: "a call that waits for input can be cancelled",
    needs: { features: ["stream", "cancel"], methods: ["demo.sum"], inflight: 2 },
    steps: [call("a", "demo.sum", null, { in: true }), expect({ t: "credit", id: "a" }), send({ t: "data", id: "a", d: 1 }), cancel("a"), failure("a", "cancelled")],
  },
];
