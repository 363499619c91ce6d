import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createKernel, type Kernel, type KernelOptions } from "@sallyport/kernel";
import { wasi, wasm } from "@sallyport/adapter-wasm";

/** A folder that is gone after the test. */
export function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-wasm-")));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export function written(bytes: Uint8Array, name = "bad.wasm"): string {
  const file = join(folder(), name);
  writeFileSync(file, bytes);
  return file;
}

/** A kernel with both modes and no spares, closed after the test. */
export function kernel(options: Partial<KernelOptions> = {}): Kernel {
  const made = createKernel({ adapters: [wasm({ spares: 0 }), wasi({ spares: 0 })], ...options });
  onTestFinished(() => made.close());
  return made;
}
