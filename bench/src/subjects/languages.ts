import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Program } from "./compile.js";

const plugins = fileURLToPath(new URL("../../../plugins", import.meta.url));

/** The examples in `plugins/` that run as executables, by language. The benchmark takes some of them, the tests all. */
export const LANGUAGES = {
  python: { folder: join(plugins, "python"), tool: ["python3", "--version"] },
  perl: { folder: join(plugins, "perl"), tool: ["perl", "-MJSON::PP", "-e", "1"] },
  sh: { folder: join(plugins, "sh"), tool: ["awk", "BEGIN { exit 0 }"], permissions: { run: ["awk"] } },
  c: { folder: join(plugins, "c"), tool: ["cc", "--version"], compile: ["cc", "-O2", "-Wall", "-Wextra", "stdio.c", "demo.c", "-o"] },
  rust: { folder: join(plugins, "rust"), tool: ["rustc", "--version"], compile: ["rustc", "--edition", "2021", "-O", "src/main.rs", "-o"] },
  "capnp-rust": { folder: join(plugins, "capnp-rust"), tool: ["cargo", "fetch", "--quiet", "--locked", "--manifest-path", join(plugins, "capnp-rust", "Cargo.toml")], compile: ["sh", "build.sh"] },
  go: { folder: join(plugins, "go"), tool: ["go", "version"], compile: ["go", "build", "-o"] },
} as const satisfies Readonly<Record<string, Program>>;

/** The same C source as a shared library and as a wasm module, which its manifest lists beside the program. */
export const C_BUILDS = {
  library: {
    folder: join(plugins, "c"), tool: ["cc", "--version"], output: process.platform === "darwin" ? "demo.dylib" : "demo.so",
    compile: ["cc", "-O2", "-Wall", "-Wextra", "-fPIC", "-fvisibility=hidden", "-shared", "guest.c", "demo.c", "-o"],
  },
  module: {
    folder: join(plugins, "c"), tool: ["clang", "--version"], beside: ["wasm-ld", "--version"], output: "demo.wasm",
    compile: ["clang", "--target=wasm32", "-O2", "-Wall", "-Wextra", "-mbulk-memory", "-nostdlib", "-Wl,--no-entry,-z,stack-size=65536,--stack-first", "guest.c", "demo.c", "wasm.c", "-o"],
  },
} as const satisfies Readonly<Record<string, Program>>;

/** The Go plugin as a WASI program, from the same source. */
export const GO_WASI = {
  folder: join(plugins, "go"), tool: ["go", "version"], output: "demo.wasm",
  compile: ["env", "GOOS=wasip1", "GOARCH=wasm", "go", "build", "-o"],
} as const satisfies Program;
