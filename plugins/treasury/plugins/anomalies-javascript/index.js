import { definePlugin } from "@sallyport/plugin";
import { find } from "./find.js";

export default definePlugin({
  methods: {
    "anomalies.find": {
      stream: "in",
      idempotent: true,
      async handler({ limit }, context) {
        const items = [];
        for await (const batch of context.input) items.push(...batch);
        return find(items, limit);
      },
    },
  },
});
