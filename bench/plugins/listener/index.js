import { definePlugin } from "@sallyport/plugin";

/** Events heard, by instance: in mode inline all of them share this module. */
const heard = new Map();

export default definePlugin({
  name: "listener",
  version: "1.0.0",
  events: {
    "bench.tick": (_payload, { config, instance, publish }) => {
      const count = (heard.get(instance) ?? 0) + 1;
      heard.set(instance, count);
      if (count % config.every === 0) publish("bench.heard", count);
    },
  },
});
