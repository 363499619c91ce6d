import type { Order } from "../order.js";
import type { FunctionRow } from "../row.js";

/** The floor. The compiler is free to inline it, as in any program. */
export const row: FunctionRow = {
  kind: "function",
  what: "plain function call",
  echo: (order: Order): Order => order,
};
