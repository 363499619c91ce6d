import { definePlugin, SallyportError } from "@sallyport/plugin";
import { upper } from "./upper.js";

/** `demo.poke` events heard by this instance. */
let heard = 0;

export default definePlugin({
  name: "demo",
  version: "1.0.0",

  methods: {
    "demo.echo": (params: unknown) => params,
    "demo.upper": (params: { readonly text?: unknown } | null) => upper(params?.text),

    "demo.fail": ({ code, msg }: { readonly code: string; readonly msg: string }) => {
      throw new SallyportError(code, msg);
    },

    // An async generator streams what it yields; what it returns is the result.
    "demo.count": async function* ({ to }: { readonly to: number }) {
      for (let i = 1; i <= to; i++) yield i;
      return { count: to };
    },

    "demo.sum": {
      stream: "in",
      handler: async (_params: unknown, { input }) => {
        let sum = 0;
        for await (const item of input) sum += item as number;
        return sum;
      },
    },

    "demo.sleep": ({ ms }: { readonly ms: number }, { signal }) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => resolve({ slept: ms }), ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new SallyportError("cancelled", "the sleep was cut short"));
        });
      }),

    "demo.relay": ({ method, params }: { readonly method: string; readonly params: unknown }, { call }) => call(method, params),
    "demo.emit": ({ topic, payload }: { readonly topic: string; readonly payload: unknown }, { publish }) => publish(topic, payload),
    "demo.heard": () => heard,

    "demo.steps": ({ steps }: { readonly steps: number }, { progress }) => {
      for (let done = 1; done <= steps; done++) progress(done, steps);
      return { steps };
    },

    "demo.config": (_params: unknown, { config }) => config,

    "demo.log": ({ msg }: { readonly msg: string }, { log }) => {
      log.info(msg);
      return true;
    },
  },

  events: {
    "demo.poke": () => {
      heard++;
    },
  },

  // In mode inline the module outlives the instance.
  start() {
    heard = 0;
  },
});
