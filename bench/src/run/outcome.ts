import type { Figure } from "../cells/cell.js";

/** What one round of a cell came to. */
export type Outcome = ({ readonly state: "measured" } & Figure) | { readonly state: "unavailable" | "failed"; readonly reason: string };
