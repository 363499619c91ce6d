import type { Contract } from "./admit.js";

/** The guest ABI of ABI.md: what modules import from `sallyport` and what they export. */
export const ABI_IMPORTS = { send: "(i32, i32) -> ()", timer: "(i32) -> ()", log: "(i32, i32, i32) -> ()", now: "() -> (i64)" } as const;

export const ABI_EXPORTS = {
  sallyport_abi: "() -> (i32)",
  sallyport_codec: "() -> (i32)",
  sallyport_alloc: "(i32) -> (i32)",
  sallyport_receive: "(i32, i32) -> ()",
  sallyport_start: "() -> (i32)",
  sallyport_wake: "() -> ()",
  sallyport_stop: "() -> ()",
} as const;

/** What mode `wasm` runs. */
export const MODULE: Contract = {
  offers: { sallyport: ABI_IMPORTS },
  wants: ABI_EXPORTS,
  help: ({ exports, imports }) =>
    exports.some(({ name }) => name === "_start" || name === "_initialize") || imports.some(({ module }) => module === "wasi_snapshot_preview1")
      ? 'It is a WASI program: ask for "mode": "wasi".'
      : "adapters/wasm/ABI.md lists what a module exports and may import; build it without a C library (-nostdlib).",
};
