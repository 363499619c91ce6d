/** Exit codes of a cell that does not run its module, whose last word is why: built wrong, built for another ABI. */
export const EXIT_REFUSED = 65;
export const EXIT_OTHER_ABI = 66;

/** What the cell is told of its plugin, beside the module itself. */
export interface Head {
  /** What its memory may grow to. */
  readonly mostBytes: number;
  /** WASI, where the mode offers it. Without it: a module of the guest ABI alone. */
  readonly wasi?: WasiHead;
}

export interface WasiHead {
  /** `_start` and stdin, or the guest ABI with WASI beside it. */
  readonly runs: "command" | "reactor";
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly preopens: readonly Preopen[];
  readonly monotonic: "coarse" | "exact";
  readonly realtime: "none" | "coarse" | "exact";
  readonly stdin: "blocking" | "nonblocking";
}

/** A folder that a program finds open. */
export interface Preopen {
  /** Its name in the program. */
  readonly guest: string;
  /** Absolute, without links. */
  readonly path: string;
  readonly writable: boolean;
}
