import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CellProgram } from "@sallyport/cell";

/** What runs in the cells of both modes. */
export function wasmProgram(keeps: string, threads = false): CellProgram {
  return {
    file: fileURLToPath(new URL("wasm-cell.cjs", import.meta.url)),
    // The second thread of a program that waits for time and input at once; where Node has no permissions yet it needs none.
    flags: threads && process.allowedNodeEnvironmentFlags.has("--permission") ? ["--allow-worker"] : [],
    keeps,
  };
}
