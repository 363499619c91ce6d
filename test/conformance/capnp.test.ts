import { fileURLToPath } from "node:url";
import { stdio } from "@sallyport/adapter-stdio";
import { capnpCodec } from "@sallyport/capnp";
import { conformanceSuite } from "./suite.js";

/** Where the TypeScript program finds the kit that it imports. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const codecs = [capnpCodec];

conformanceSuite("stdio, typescript, capnp", async () => ({ adapter: stdio({ codecs }), spec: { path: `${REPOSITORY}/plugins/capnp-ts`, permissions: { read: [REPOSITORY] } } }));
