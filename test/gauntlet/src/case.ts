import type { Limits } from "@sallyport/bus";

/** What became of an attack, from the best to the worst. The order is what `--check` compares. */
export const OUTCOMES = ["call fails", "instance dies", "gets through", "host dies"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How the host meets the attacker. */
export type Drive =
  /** Loads it, calls `evil.attack` once, with a deadline. */
  | "call"
  /** The load is the attack; what still lives afterwards is asked as ever. */
  | "load"
  /** Takes a few items of `evil.stream`, then leaves. */
  | "stream"
  /** Calls `evil.attack` 200 times: for what stays behind between calls. */
  | "repeat"
  /** Sends it 64 calls of 512 KiB at once. */
  | "feed"
  /** Asks for it again and again for two seconds: for what ends at once. */
  | "churn"
  /** Lets it run and unloads it: for what happens while it leaves. */
  | "unload"
  /** Takes its grants away in the middle of the call. */
  | "revoke"
  /** The runner kills the host. */
  | "host-killed";

export interface Case {
  readonly id: string;
  /** For the table: a few words. */
  readonly title: string;
  readonly group: string;
  /**
   * The plugin, a path in this package: a module runs in `process`, `worker`, `inline` and (through `run.mjs`) in `stdio`, a program in
   * `stdio`. In the other modes whatever their port (`src/ports/`) has for it; `port`: there alone.
   */
  readonly plugin: string;
  readonly kind: "module" | "program" | "folder" | "port";
  /** Which of the attacks in it; its last argument. */
  readonly variant?: string;
  /** For a folder: the files of the plugin, written for the run. A path that ends in `@` is a symbolic link. */
  readonly files?: Readonly<Record<string, string>>;
  /** Modes where it is tried, beside those that have a port of it; for the others the reason is told. */
  readonly modes: readonly string[];
  readonly drive: Drive;
  /** The worst that is expected: in every mode, or by column. What is not named is `*`. */
  readonly expect: Outcome | Readonly<Record<string, Outcome>>;
  readonly limits?: Partial<Limits>;
  readonly grants?: readonly string[];
  /** Of the attacking call, ms. */
  readonly timeoutMs?: number;
  /** Environment of the host. */
  readonly hostEnv?: Readonly<Record<string, string>>;
  /** The program that it needs, beside Node and sh. */
  readonly tool?: string;
  /** Part of `--quick` and of `npm test`. */
  readonly quick?: boolean;
}

/** What runs where: a column of the matrix. */
export interface Column {
  /** `stdio+strict`: the mode, and the profile if it is not the mode's own. */
  readonly id: string;
  readonly mode: string;
  readonly sandbox?: "none" | "limits" | "strict";
  /** The plugin is part of the host's process, which keeps nothing from it. */
  readonly inside?: true;
}

/** One attack in one column, as measured. */
export interface Cell {
  readonly case: string;
  readonly column: string;
  readonly state: "measured" | "not applicable" | "skipped";
  readonly outcome?: Outcome;
  /** The code it was reported with, what got through, how the host ended; or why there is nothing to measure. */
  readonly why: string;
  /** From the start of the attack until the plugin answered again or was reported down, ms. */
  readonly recoveryMs?: number;
  /** The slowest answer that another plugin gave during the attack, and without it, ms. */
  readonly innocentMs?: number;
  readonly idleMs?: number;
  /** Longest time that the host's event loop was held up, ms. */
  readonly loopMs?: number;
  /** What should have been better, although the outcome is what it is. */
  readonly flaws?: readonly string[];
}

export function rank(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome);
}
