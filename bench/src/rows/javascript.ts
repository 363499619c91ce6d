import { stdio } from "@sallyport/adapter-stdio";
import { example, pluginRow } from "../plugin-row.js";

export const row = pluginRow({ what: "stdio: Node program, serve()", adapter: () => stdio(), spec: { path: example("javascript", "main.js"), mode: "stdio" } });
