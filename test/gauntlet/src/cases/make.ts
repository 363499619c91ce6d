import type { Case } from "../case.js";

export const ANYWHERE: readonly string[] = ["process", "stdio", "worker", "inline"];
/** Where code is hardened. */
export const HARDENED: readonly string[] = ["process", "worker"];
export const PROGRAMS: readonly string[] = ["stdio"];
/** Where a value leaves its realm: in stdio the kit's encoder runs in the plugin's own process, and a program could send anything anyway. */
export const ENCODED: readonly string[] = ["process", "worker", "inline"];

type Shared = Omit<Case, "id" | "title" | "variant"> ;
type Row = readonly [id: string, title: string, variant: string | undefined, differs?: Partial<Case>];

/** Cases that differ in little. */
export function family(shared: Omit<Shared, "drive"> & { readonly drive?: Case["drive"] }, rows: readonly Row[]): readonly Case[] {
  return rows.map(([id, title, variant, differs]) => ({ drive: "call", ...shared, id, title, ...(variant !== undefined && { variant }), ...differs }));
}
