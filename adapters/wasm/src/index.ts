export type { WasmOptions } from "./options.js";
export { wasi } from "./wasi.js";
export { wasm } from "./wasm.js";
