import { fileURLToPath } from "node:url";
import { grpc } from "@sallyport/adapter-grpc";
import { conformanceSuite } from "./suite.js";

/** Where the plugin finds the gRPC library that it imports. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

conformanceSuite("grpc, javascript", async () => ({ adapter: grpc(), spec: { path: `${REPOSITORY}/plugins/grpc`, permissions: { read: [REPOSITORY] } } }));
