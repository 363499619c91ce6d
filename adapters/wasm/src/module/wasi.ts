import { REFUSED, SERVED } from "../cell/wasi/offered.js";
import { ABI_EXPORTS, ABI_IMPORTS } from "./abi.js";
import type { Contract } from "./admit.js";

const WASI = { ...SERVED, ...REFUSED };

const help: Contract["help"] = ({ imports }) =>
  imports.some(({ module }) => module.startsWith("wasi:") || module === "wasi_unstable")
    ? "Build it for WASI preview 1 (wasm32-wasip1)."
    : "Mode wasi runs what is built for wasm32-wasip1: a program with _start, or a module of ABI.md with _initialize. adapters/wasm/README.md lists the functions that it offers.";

/** A program that speaks the protocol over stdin and stdout. */
export const COMMAND: Contract = { offers: { wasi_snapshot_preview1: WASI }, wants: { _start: "() -> ()" }, help };

/** A module of the guest ABI that was built with a C library for WASI. */
export const REACTOR: Contract = { offers: { wasi_snapshot_preview1: WASI, sallyport: ABI_IMPORTS }, wants: ABI_EXPORTS, help };
