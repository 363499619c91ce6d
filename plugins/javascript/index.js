import { definePlugin, SallyportError } from "@sallyport/plugin";

/** `demo.poke` events heard by this instance. */
let heard = 0;

export default definePlugin({
  name: "demo",
  version: "1.0.0",

  methods: {
    "demo.echo": (params) => params,

    "demo.upper": ({ text } = {}) => {
      if (typeof text !== "string") throw new SallyportError("invalid_argument", "text must be a string", { path: "params.text" });
      return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
    },

    "demo.fail": ({ code, msg }) => {
      throw new SallyportError(code, msg);
    },

    // An async generator streams what it yields; what it returns is the result.
    "demo.count": async function* ({ to }) {
      for (let i = 1; i <= to; i++) yield i;
      return { count: to };
    },

    "demo.sum": {
      stream: "in",
      handler: async (_params, { input }) => {
        let sum = 0;
        for await (const item of input) sum += item;
        return sum;
      },
    },

    "demo.sleep": ({ ms }, { signal }) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => resolve({ slept: ms }), ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new SallyportError("cancelled", "the sleep was cut short"));
        });
      }),

    "demo.relay": ({ method, params }, { call }) => call(method, params),
    "demo.emit": ({ topic, payload }, { publish }) => publish(topic, payload),
    "demo.heard": () => heard,

    "demo.steps": ({ steps }, { progress }) => {
      for (let done = 1; done <= steps; done++) progress(done, steps);
      return { steps };
    },

    "demo.config": (_params, { config }) => config,

    "demo.log": ({ msg }, { log }) => {
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
