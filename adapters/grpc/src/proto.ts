export { chooseMethods, usualName, type Chosen, type Naming } from "./methods.js";
export { decode } from "./proto/decode.js";
export { encode } from "./proto/encode.js";
export { readProtoFiles } from "./proto/files.js";
export type { EnumType, Field, FieldType, MessageType, Scalar, ServiceMethod } from "./proto/schema.js";
export type { Declared } from "./proto/types.js";
export { codeOfStatus, ERROR_KEY, errorOf, statusOfCode, type Ended } from "./status.js";
