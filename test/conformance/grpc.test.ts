import { fileURLToPath } from "node:url";
import { goPlugin, grpc } from "@sallyport/adapter-grpc";
import { conformanceSuite } from "./suite.js";

/** Where the plugin finds the gRPC library that it imports. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

conformanceSuite("grpc, javascript", async () => ({ adapter: grpc(), spec: { path: `${REPOSITORY}/plugins/grpc`, permissions: { read: [REPOSITORY] } } }));
conformanceSuite("go-plugin, javascript", async () => ({ adapter: goPlugin(), spec: { path: `${REPOSITORY}/plugins/grpc`, mode: "go-plugin", permissions: { read: [REPOSITORY] } } }));
