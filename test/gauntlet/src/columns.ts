import type { Column } from "./case.js";

/** A new mode or profile is a line here, and what plays in it a port in `ports/`. */
export const COLUMNS: readonly Column[] = [
  { id: "process", mode: "process" },
  { id: "stdio+strict", mode: "stdio", sandbox: "strict" },
  { id: "stdio", mode: "stdio", sandbox: "none" },
  { id: "worker", mode: "worker" },
  { id: "inline", mode: "inline", inside: true },
  { id: "wasm", mode: "wasm" },
  { id: "wasi", mode: "wasi" },
  { id: "lua", mode: "lua" },
  { id: "oneshot+strict", mode: "oneshot", sandbox: "strict" },
  { id: "grpc+strict", mode: "grpc", sandbox: "strict" },
  { id: "go-plugin+strict", mode: "go-plugin", sandbox: "strict" },
  { id: "ffi+strict", mode: "ffi", sandbox: "strict" },
  { id: "ffi-unsafe", mode: "ffi-unsafe", inside: true },
];
