import type { FunctionRow } from "../row.js";

/** The least a copy costs without any boundary. */
export const row: FunctionRow = {
  kind: "function",
  what: "structuredClone",
  echo: (order) => structuredClone(order),
};
