import { worker } from "@sallyport/adapter-worker";
import { example, pluginRow } from "../plugin-row.js";

export const row = pluginRow({ what: "worker: hardened JavaScript", adapter: () => worker(), spec: { path: example("javascript"), mode: "worker" } });
