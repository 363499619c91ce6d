import { fileURLToPath } from "node:url";
import { ffi } from "@sallyport/adapter-ffi";
import { buildLibrary } from "../languages/build.js";
import { conformanceSuite } from "./suite.js";

const path = fileURLToPath(new URL("../../plugins/c", import.meta.url));

conformanceSuite("ffi, c, msgpack", async () => (await buildLibrary()) ?? { adapter: ffi(), spec: { path, mode: "ffi" } });
// Its variables exist once in a process: one instance at a time.
conformanceSuite("ffi in the host, c, msgpack", async () => (await buildLibrary()) ?? { adapter: ffi({ inHost: true }), spec: { path, mode: "ffi-unsafe", trust: "trusted" }, parallel: 1 });
