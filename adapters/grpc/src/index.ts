export { grpc, type GrpcOptions } from "./grpc.js";
export { goPlugin } from "./go-plugin/go-plugin.js";
