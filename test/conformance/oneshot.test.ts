import { fileURLToPath } from "node:url";
import { oneshot } from "@sallyport/adapter-oneshot";
import { conformanceSuite } from "./suite.js";

conformanceSuite("oneshot, programs of the system", async () => ({
  adapter: oneshot(),
  spec: { path: fileURLToPath(new URL("../../plugins/oneshot", import.meta.url)), permissions: { run: ["sleep"] } },
}));
