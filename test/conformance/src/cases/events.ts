import type { ConformanceCase } from "../case.js";
import { including } from "../pattern.js";
import { absent, call, credit, discard, expect, fence, result, terminal } from "./words.js";

const emits = { features: ["events"], methods: ["demo.emit"] } as const;
const hears = { features: ["events"], methods: ["demo.heard"] } as const;

export const EVENTS: readonly ConformanceCase[] = [
  {
    id: "event.declared",
    title: "topics that the plugin wants to hear are in its hello",
    needs: hears,
    greeting: "manual",
    steps: [expect({ t: "hello", events: including("demo.poke") }), { do: "greet" }],
  },
  {
    id: "event.out",
    title: "a plugin publishes an event with its payload",
    needs: emits,
    steps: [call("a", "demo.emit", { topic: "demo.news", payload: { n: [1] } }), expect({ t: "ev", m: "demo.news", p: { n: [1] } }), result("a", true)],
  },
  {
    id: "event.out-credit",
    title: "without event credit a plugin publishes nothing; with more it goes on",
    needs: emits,
    limits: { events: 2 },
    steps: [
      ...[1, 2].flatMap((n) => [call(`emit ${n}`, "demo.emit", { topic: "demo.news", payload: n }), expect({ t: "ev", m: "demo.news", p: n }), result(`emit ${n}`, true)]),
      call("emit 3", "demo.emit", { topic: "demo.news", payload: 3 }),
      terminal("emit 3"),
      fence,
      absent({ t: "ev" }),
      credit(0, 1),
      call("emit 4", "demo.emit", { topic: "demo.news", payload: 4 }),
      expect({ t: "ev", m: "demo.news" }),
      terminal("emit 4"),
      discard({ t: "ev" }),
    ],
  },
  {
    id: "event.in",
    title: "events reach the plugin in order with the calls around them",
    needs: hears,
    steps: [
      call("before", "demo.heard", null),
      result("before", 0),
      { do: "publish", topic: "demo.poke", count: 3 },
      call("after", "demo.heard", null),
      result("after", 3),
    ],
  },
  {
    id: "event.in-credit",
    title: "a plugin that takes events gives credit for more",
    needs: hears,
    steps: [{ do: "publish", topic: "demo.poke", count: 500 }, fence, call("a", "demo.heard", null), result("a", 500)],
  },
];
