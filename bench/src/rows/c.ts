import { programRow } from "../program-row.js";

export const row = programRow({ what: "stdio: C, no library", folder: "c", tool: ["cc", "--version"], compile: ["cc", "-O2", "-Wall", "-Wextra", "main.c", "-o"] });
