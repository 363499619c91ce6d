import { definePlugin } from "@sallyport/plugin";

export default definePlugin({
  name: "bench",
  version: "1.0.0",

  methods: {
    "bench.echo": (params) => params,

    // The next call of a lane leaves as its answer comes.
    "bench.drive": async ({ method, params, width, calls }, { call }) => {
      const lane = async () => {
        for (let made = 0; made < calls; made++) await call(method, params);
      };
      await Promise.all(Array.from({ length: width }, lane));
      return width * calls;
    },

    "bench.source": async function* ({ item, items }) {
      for (let sent = 0; sent < items; sent++) yield item;
      return items;
    },

    "bench.sink": {
      stream: "in",
      handler: async (_params, { input }) => {
        let items = 0;
        for await (const _item of input) items++;
        return items;
      },
    },

    "bench.flood": ({ lines }, { log }) => {
      for (let line = 0; line < lines; line++) log.info("a line of a flood");
      return lines;
    },
  },
});
