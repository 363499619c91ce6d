import { fileURLToPath } from "node:url";
import { lua } from "@sallyport/adapter-lua";
import { conformanceSuite } from "./suite.js";

conformanceSuite("lua", async () => ({ adapter: lua(), spec: { path: fileURLToPath(new URL("../../plugins/lua", import.meta.url)) } }));
