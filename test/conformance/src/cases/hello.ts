import type { ConformanceCase } from "../case.js";
import { any, including, list, oneOf, absent as nothing, having } from "../pattern.js";
import { absent, call, expect, fence, result, terminal } from "./words.js";

const method = (name: string): unknown => oneOf(name, having({ name }));

export const HELLO: readonly ConformanceCase[] = [
  {
    id: "hello.shape",
    title: "the plugin says hello first, with name, version and methods",
    greeting: "manual",
    steps: [
      expect({ t: "hello", name: "demo", version: "1.0.0", methods: including(method("demo.echo"), method("demo.upper"), method("demo.fail")), features: oneOf(nothing, list), limits: oneOf(nothing, any) }),
      { do: "greet" },
    ],
  },
  {
    id: "hello.streams-declared",
    title: "streaming methods say so in the hello",
    needs: { features: ["stream"] },
    greeting: "manual",
    steps: [
      expect({ t: "hello", methods: including(having({ name: "demo.count", stream: "out" }), having({ name: "demo.sum", stream: "in" })) }),
      { do: "greet" },
    ],
  },
  {
    id: "hello.unknown-keys",
    title: "keys of the host's hello that a plugin does not know are ignored",
    host: { extra: { future: { nested: [1, null, "two"] } } },
    steps: [call("a", "demo.echo", "still here"), result("a", "still here")],
  },
  {
    id: "hello.config",
    title: "the config of the host's hello reaches the plugin",
    needs: { methods: ["demo.config"] },
    host: { config: { currency: "CHF", tables: [{ name: "ecb", weight: 0.5 }], strict: true, note: null } },
    steps: [call("a", "demo.config", null), result("a", { currency: "CHF", tables: [{ name: "ecb", weight: 0.5 }], strict: true, note: null })],
  },
  {
    id: "hello.features-unused",
    title: "features that the host does not list are not used",
    host: { features: [] },
    steps: [
      call("a", "demo.log", { msg: "nobody listens" }),
      terminal("a"),
      call("b", "demo.steps", { steps: 3 }),
      terminal("b"),
      call("c", "demo.emit", { topic: "demo.news", payload: 1 }),
      terminal("c"),
      fence,
      absent({ t: "log", msg: "nobody listens" }),
      absent({ t: "prog" }),
      absent({ t: "ev" }),
    ],
  },
  {
    id: "hello.init",
    title: "$init is answered before anything else is sent",
    needs: { features: ["init"] },
    greeting: "manual",
    steps: [expect({ t: "hello", features: including("init") }), { do: "greet" }, call("a", "demo.echo", 1), result("a", 1)],
  },
];
