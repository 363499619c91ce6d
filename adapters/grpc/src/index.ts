export { createIdentity, type Identity } from "./go-plugin/certificate.js";
export { goPlugin } from "./go-plugin/go-plugin.js";
export { grpc, type GrpcOptions } from "./grpc.js";
