import { process } from "@sallyport/adapter-process";
import { example, pluginRow } from "../plugin-row.js";

export const row = pluginRow({ what: "process: hardened JavaScript", adapter: () => process(), spec: { path: example("javascript"), mode: "process" } });
