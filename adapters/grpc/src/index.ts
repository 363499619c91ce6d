export { grpc, type GrpcOptions } from "./grpc.js";
