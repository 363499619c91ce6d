import { fileURLToPath } from "node:url";
import { wasi } from "@sallyport/adapter-wasm";
import { buildWasi } from "../languages/build.js";
import { conformanceSuite } from "./suite.js";

conformanceSuite("wasi, go", async () => (await buildWasi()) ?? { adapter: wasi(), spec: { path: fileURLToPath(new URL("../../plugins/go", import.meta.url)), mode: "wasi" } });
