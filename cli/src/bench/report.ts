import type { ErrorObject } from "@sallyport/bus";
import type { Advice } from "../advice/advise.js";
import type { Figures } from "../advice/figures.js";
import type { Runnable } from "./runnable.js";

/** What `sallyport bench --json` prints: figures that `choose --figures` reads, and how they came about. */
export interface BenchReport extends Figures {
  readonly method: string;
  readonly failed: readonly { readonly mode: string; readonly error: ErrorObject }[];
  readonly skipped: Runnable["skipped"];
  /** How often the method was called, in all modes together. */
  readonly calls: number;
  readonly advice: Advice | undefined;
}
