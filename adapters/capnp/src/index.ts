export { capnpCodec } from "./codec.js";
