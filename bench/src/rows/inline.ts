import { pathToFileURL } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { example, pluginRow } from "../plugin-row.js";

// By path, as the example is no package; a program lists its plugins with import statements.
const { default: demo } = (await import(pathToFileURL(example("javascript", "index.js")).href)) as { readonly default: Parameters<typeof inline>[0][string] };

export const row = pluginRow({ what: "inline: objects are shared, nothing is copied", adapter: () => inline({ demo }), spec: { path: "demo", mode: "inline" } });
