import type { SERVED } from "./offered.js";

type Served = keyof typeof SERVED;

/** The functions whose names begin so. What one throws becomes its error number. */
export type Calls<Prefix extends string = ""> = Readonly<Record<Extract<Served, `${Prefix}${string}`>, (...args: never[]) => unknown>>;

/** Those that belong to no descriptor and no path. */
export type OtherCalls = Readonly<Record<Exclude<Served, `fd_${string}` | `path_${string}`>, (...args: never[]) => unknown>>;
