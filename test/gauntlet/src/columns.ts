import type { Column } from "./case.js";

/** A new mode or profile is a line here, and a way to load a module in `host/specs.ts`. */
export const COLUMNS: readonly Column[] = [
  { id: "process", mode: "process" },
  { id: "stdio+strict", mode: "stdio", sandbox: "strict" },
  { id: "stdio", mode: "stdio", sandbox: "none" },
  { id: "worker", mode: "worker" },
  { id: "inline", mode: "inline" },
];
