import { programRow } from "../program-row.js";

export const row = programRow({ what: "stdio: Python, no library", folder: "python", tool: ["python3", "--version"] });
