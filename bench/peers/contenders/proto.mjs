import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** The constructor of the service's client; its `service` is what a server adds. */
export function loadEcho() {
  return /** @type {any} */ (loadPackageDefinition(loadSync(fileURLToPath(new URL("./echo.proto", import.meta.url))))).Echo;
}
