// One plugin of the soak test; NAME is put in. It does whatever it is asked to, good or bad.
import { definePlugin } from "@sallyport/plugin";

export default definePlugin({
  name: "NAME",
  version: "1.0.0",
  needs: ["call:host.*", "call:steady_process.*", "publish:soak.*", "subscribe:soak.*"],
  events: { "soak.*": () => {} },
  methods: {
    "NAME.echo": (params) => params,
    "NAME.items": async function* ({ n }) {
      for (let i = 0; i < n; i++) yield i;
      return n;
    },
    "NAME.sum": {
      stream: "in",
      handler: async (_params, { input }) => {
        let sum = 0;
        for await (const item of input) sum += item;
        return sum;
      },
    },
    "NAME.slow": ({ ms }, { signal }) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => resolve(ms), ms);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new Error("it was cut short"));
        });
      }),
    "NAME.relay": (params, { call }) => call("steady_process.echo", params),
    "NAME.emit": (params, { publish }) => publish("soak.event", params),
    // From here on: what a bad one does.
    "NAME.hang": () => new Promise(() => {}),
    "NAME.spin": () => {
      for (;;);
    },
    "NAME.chatter": ({ n }, { log, publish }) => {
      for (let i = 0; i < n; i++) {
        log.info("x".repeat(200));
        publish("soak.noise", i);
      }
      return n;
    },
    "NAME.storm": async ({ n }, { call }) => {
      await Promise.allSettled(Array.from({ length: n }, () => call("host.echo", n)));
      return n;
    },
    "NAME.forbidden": (_params, { call }) => call("ledger.pay", {}),
    "NAME.large": ({ n }) => "x".repeat(n),
  },
});
