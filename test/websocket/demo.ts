import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin } from "@sallyport/plugin/runtime";
import { serve, type Served, type ServeOptions } from "../third-party/serve.js";

/** The demo plugin, served. It keeps a count in its module: each connection gets a module of its own. */
export function serveDemo(options: Omit<ServeOptions, "start"> = {}): Promise<Served> {
  let connections = 0;
  return serve({
    ...options,
    async start(send) {
      const { default: definition } = (await import(new URL(`../../plugins/javascript/index.js?connection=${++connections}`, import.meta.url).href)) as { default: PluginDefinition<never> };
      return runPlugin(definition, { name: "demo", version: "1.0.0", send });
    },
  });
}
