import type { ErrorObject } from "@sallyport/bus";
import type { PluginSpec } from "@sallyport/kernel";
import type { ModeFigures } from "../advice/figures.js";

/** What one process measures: a plugin in one mode. Sent to it as a message. */
export interface Job {
  readonly spec: PluginSpec & { readonly mode: string };
  readonly method: string;
  /** JSON in the protocol's spelling. */
  readonly params: string;
  readonly inFlight: readonly number[];
  /** For each number of calls in flight. */
  readonly sampleMs: number;
  /** After the first. */
  readonly starts: number;
}

/** How it went. `calls`: so often the method was called, in all. */
export type Outcome =
  | { readonly state: "measured"; readonly figures: ModeFigures; readonly calls: number }
  | { readonly state: "failed"; readonly error: ErrorObject };
