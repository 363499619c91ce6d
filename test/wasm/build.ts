import { execFile } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const FLAGS = ["--target=wasm32", "-O1", "-Wall", "-Wextra", "-fno-builtin", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry,-z,stack-size=65536,--stack-first"];

/** Compiles one C file without a C library. `undefined`: there is no compiler here; `why` says so. */
export async function compiled(source: string, output: string, ...more: readonly string[]): Promise<{ readonly why?: string }> {
  for (const tool of ["clang", "wasm-ld"]) {
    const there = await run(tool, ["--version"]).then(() => true, () => false);
    if (!there) return { why: `no ${tool} on this machine (ENOENT)` };
  }
  mkdirSync(dirname(output), { recursive: true });
  await run("clang", [...FLAGS, ...more, fileURLToPath(new URL(source, import.meta.url)), "-o", `${output}.new`]);
  renameSync(`${output}.new`, output);
  return {};
}
