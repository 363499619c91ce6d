import { inline } from "@sallyport/adapter-inline";
import type { Adapter } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";
import { conformanceSuite } from "./suite.js";

/** The demo plugin keeps a count in its module, which this mode shares between instances: each case gets a module of its own. */
async function freshInline(copy: number): Promise<Adapter> {
  const module = (await import(new URL(`../../plugins/javascript/index.js?copy=${copy}`, import.meta.url).href)) as { default: PluginDefinition };
  return inline({ demo: module.default });
}

conformanceSuite("inline, javascript", async () => {
  const first = await freshInline(0);
  let copies = 0;
  return { adapter: { ...first, open: async (...args) => (await freshInline(++copies)).open(...args) }, spec: { path: "demo", mode: "inline" } };
});
