import type { Case, Column } from "../case.js";

/** What the runner asks a host to do. */
export interface Job {
  /** One after the other; each plugin is unloaded before the next. */
  readonly cases: readonly Case[];
  readonly column: Column;
  /** A folder of this run: the plugins' files, where they have some, and the secret. */
  readonly temp: string;
  /** In the command line of everything that is started, so that the runner finds what stays behind. */
  readonly token: string;
}

/** An error as somebody was told of it. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly plugin?: string;
  readonly help: string;
}

export interface Innocent {
  readonly mode: string;
  readonly worstMs: number;
  readonly idleMs: number;
  readonly failed: readonly string[];
}

/** What a host that lived has seen. */
export interface Report {
  readonly load?: Told;
  readonly call?: Told;
  /** What the attack says it got, and what the host found out by itself. */
  readonly got: readonly string[];
  /** Codes of lifecycle events that tell of the plugin's end. */
  readonly ends: readonly string[];
  /** Whether the same instance answered after the attack as before. */
  readonly sameInstance: boolean;
  readonly recovered: "answers" | "reported down" | "silent";
  readonly recoveryMs: number;
  readonly innocents: readonly Innocent[];
  readonly loopMs: number;
  readonly loopIdleMs: number;
  readonly starts: number;
  readonly unloadMs: number;
  /** What the host still held after the plugin was unloaded. */
  readonly left: readonly string[];
}

export type FromHost =
  | { readonly t: "beat"; readonly phase: string }
  | { readonly t: "armed" }
  | { readonly t: "case"; readonly id: string }
  | { readonly t: "report"; readonly report: Report }
  | { readonly t: "failed"; readonly why: string };
