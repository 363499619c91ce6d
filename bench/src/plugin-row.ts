import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createKernel, type Adapter, type PluginSpec } from "@sallyport/kernel";
import type { Order } from "./order.js";
import type { BoundaryRow } from "./row.js";

const PLUGINS = fileURLToPath(new URL("../../plugins/", import.meta.url));

/** Absolute path of an example in `plugins/`. */
export function example(...path: readonly string[]): string {
  return join(PLUGINS, ...path);
}

export interface PluginRowOptions {
  readonly what: string;
  adapter(): Adapter;
  readonly spec: PluginSpec;
  unavailable?(): Promise<string | undefined>;
}

/** `demo.echo` of an example plugin through a kernel with nothing but its defaults. */
export function pluginRow({ what, adapter, spec, unavailable }: PluginRowOptions): BoundaryRow {
  return {
    kind: "boundary",
    what,
    ...(unavailable && { unavailable }),
    open() {
      const kernel = createKernel({ adapters: [adapter()] });
      return {
        async start() {
          const { name } = await kernel.load(spec);
          return { echo: (order) => kernel.call<Order>("demo.echo", order), [Symbol.asyncDispose]: () => kernel.unload(name) };
        },
        [Symbol.asyncDispose]: () => kernel.close(),
      };
    },
  };
}
