import { readFile, stat } from "node:fs/promises";
import { SallyportError } from "@sallyport/bus";

/** Largest module that is read. */
const MAX_MODULE_BYTES = 64 << 20;

export async function readModule(file: string, signal: AbortSignal): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size > MAX_MODULE_BYTES) {
    throw new SallyportError("spawn_failed", `${file} is ${size} bytes; the most is ${MAX_MODULE_BYTES}`, { help: "Leave out debug information (wasm-strip), or split the plugin.", data: { program: file, reason: "size" } });
  }
  return readFile(file, { signal });
}
