import { programRow } from "../program-row.js";

export const row = programRow({ what: "stdio: Go, no library", folder: "go", tool: ["go", "version"], compile: ["go", "build", "-o"] });
