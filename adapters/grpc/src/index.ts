export { createIdentity, type Identity } from "./go-plugin/certificate.js";
export { goPlugin } from "./go-plugin/go-plugin.js";
export { grpc } from "./grpc.js";
export type { GrpcOptions } from "./service-adapter.js";
