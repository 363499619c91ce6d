import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "./compile.js";

const plugins = fileURLToPath(new URL("../../../plugins", import.meta.url));

/** The examples in `plugins/` that run as executables, by language. The benchmark takes some of them, the tests all. */
export const LANGUAGES = {
  python: { folder: join(plugins, "python"), tool: ["python3", "--version"] },
  perl: { folder: join(plugins, "perl"), tool: ["perl", "-MJSON::PP", "-e", "1"] },
  sh: { folder: join(plugins, "sh"), tool: ["awk", "BEGIN { exit 0 }"], permissions: { run: ["awk"] } },
  c: { folder: join(plugins, "c"), tool: ["cc", "--version"], compile: ["cc", "-O2", "-Wall", "-Wextra", "main.c", "-o"] },
  rust: { folder: join(plugins, "rust"), tool: ["rustc", "--version"], compile: ["rustc", "--edition", "2021", "-O", "src/main.rs", "-o"] },
  "capnp-rust": { folder: join(plugins, "capnp-rust"), tool: ["cargo", "fetch", "--quiet", "--locked", "--manifest-path", join(plugins, "capnp-rust", "Cargo.toml")], compile: ["sh", "build.sh"] },
  go: { folder: join(plugins, "go"), tool: ["go", "version"], compile: ["go", "build", "-o"] },
} as const satisfies Readonly<Record<string, Program>>;
