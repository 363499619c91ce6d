export { ffi, type FfiOptions } from "./ffi.js";
