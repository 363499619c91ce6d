import type { ConformanceCase } from "../case.js";
import { call, fence, result, send } from "./words.js";

export const LIFECYCLE: readonly ConformanceCase[] = [
  { id: "end.bye", title: "bye: the plugin ends by itself with exit code 0", steps: [fence, send({ t: "bye", why: "shutdown", ms: 2000 }), { do: "exit", clean: true }] },
  {
    id: "end.bye-in-flight",
    title: "bye: calls in flight are finished first",
    needs: { methods: ["demo.sleep"], inflight: 2 },
    steps: [call("a", "demo.sleep", { ms: 200 }), fence, send({ t: "bye", why: "shutdown", ms: 2000 }), result("a", { slept: 200 }), { do: "exit", clean: true }],
  },
  { id: "end.input-closed", title: "the end of its input ends the plugin", steps: [fence, { do: "end" }, { do: "exit", clean: false }] },
  {
    id: "end.kill-in-flight",
    title: "kill ends an instance in the middle of a call, and nothing comes after",
    needs: { methods: ["demo.sleep"], inflight: 2 },
    steps: [call("a", "demo.sleep", { ms: 600_000 }), fence, { do: "kill" }, { do: "exit", clean: false }, { do: "kill" }],
  },
  {
    id: "end.kill-streaming",
    title: "kill ends an instance in the middle of a stream",
    needs: { features: ["stream"], methods: ["demo.count"] },
    steps: [call("a", "demo.count", { to: 100_000 }, { cr: 1000 }), { do: "take", id: "a", from: 1, to: 10, credit: 1000 }, { do: "kill" }, { do: "exit", clean: false }, { do: "discard", frame: { t: "data", id: "a" } }],
  },
  { id: "end.send-after", title: "a frame sent after the end is dropped", steps: [{ do: "kill" }, { do: "exit", clean: false }, call("a", "demo.echo", 1)] },
  { id: "start.by-hand", title: "an executable started by hand says what it is and exits 64", needs: { kind: "executable" }, steps: [{ do: "byHand", exitCode: 64 }] },
];
