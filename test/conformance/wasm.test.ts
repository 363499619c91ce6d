import { fileURLToPath } from "node:url";
import { wasm } from "@sallyport/adapter-wasm";
import { buildModule } from "../languages/build.js";
import { conformanceSuite } from "./suite.js";

conformanceSuite("wasm, c", async () => (await buildModule()) ?? { adapter: wasm(), spec: { path: fileURLToPath(new URL("../../plugins/c", import.meta.url)), mode: "wasm" } });
