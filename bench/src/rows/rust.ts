import { programRow } from "../program-row.js";

export const row = programRow({ what: "stdio: Rust, no library", folder: "rust", tool: ["rustc", "--version"], compile: ["rustc", "--edition", "2021", "-O", "src/main.rs", "-o"] });
