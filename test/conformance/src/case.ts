import type { Limits, WireLimits } from "@sallyport/bus";
import type { EntryKind, Traits } from "@sallyport/kernel";

/**
 * A frame as a case writes it. `id` and `par` are names: the runner numbers each at its first use (odd, rising),
 * and a name first seen in an expected frame takes the number that came. `0` stays `0`.
 */
export type FramePattern = Readonly<Record<string, unknown>> & { readonly t: string };

/** One case, run against a fresh instance of the demo plugin. Plain data: `cases.json` holds the same. */
export interface ConformanceCase {
  readonly id: string;
  readonly title: string;
  /** Declared facts without which the case is waived. A waived case is run all the same and has to fail. */
  readonly needs?: Needs;
  readonly limits?: Partial<Limits>;
  /** Replaces fields of the host's hello. `features` is cut down to what the plugin offers. */
  readonly host?: HostSays;
  /** `manual`: the steps take the plugin's hello and send the host's; otherwise both are exchanged before the first step. */
  readonly greeting?: "manual";
  readonly steps: readonly Step[];
}

export interface Needs {
  /** In the plugin's hello. */
  readonly features?: readonly string[];
  readonly methods?: readonly string[];
  readonly traits?: Partial<Traits>;
  readonly kind?: EntryKind;
  /** The least `limits.inflight` of the plugin's hello. */
  readonly inflight?: number;
}

export interface HostSays {
  readonly features?: readonly string[];
  readonly limits?: WireLimits;
  readonly grants?: readonly string[];
  readonly config?: unknown;
  /** Any other key, for hellos from the future. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Bounds are generous on purpose: they separate "answers" from "never answers", they measure nothing. */
export type Step =
  /** `thenClear`: empties `p` as soon as the frame was handed over; a boundary that copies does not care. */
  | { readonly do: "send"; readonly frame: FramePattern; readonly thenClear?: true }
  /** The next frame of this type and id matches. Frames of other types and ids may come in between. */
  | { readonly do: "expect"; readonly frame: FramePattern; readonly withinMs?: number }
  /** The call ends, with a result or an error; an error has one of `codes`, if any are given. */
  | { readonly do: "terminal"; readonly id: string; readonly codes?: readonly string[]; readonly withinMs?: number }
  /** A call there and back: whatever the plugin had to say before it has arrived. Takes a place in flight. */
  | { readonly do: "fence" }
  /** Nothing that matches has arrived. Put a fence before it. */
  | { readonly do: "absent"; readonly frame: FramePattern }
  /** Whatever has arrived and matches is no surprise. */
  | { readonly do: "discard"; readonly frame: FramePattern }
  /** Takes the items `from`..`to` of a stream that was given `credit`, tops up at half, and watches the credit. */
  | { readonly do: "take"; readonly id: string; readonly from: number; readonly to: number; readonly credit: number }
  /** Sends the items `from`..`to` as credit comes, then `end`. */
  | { readonly do: "feed"; readonly id: string; readonly from: number; readonly to: number }
  /** Sends `count` events, waiting for more credit whenever that of the plugin's hello (`limits.events`, 64 unless stated) is used up. */
  | { readonly do: "publish"; readonly topic: string; readonly count: number }
  /** The boundary refuses to send the frame and throws `code`. */
  | { readonly do: "refuse"; readonly frame: FramePattern; readonly code: string }
  /** Sends the host's hello (with `greeting: "manual"`). */
  | { readonly do: "greet" }
  | { readonly do: "end" }
  | { readonly do: "kill" }
  /** The instance ends. `clean`: by itself, exit code 0, with no error of the boundary. */
  | { readonly do: "exit"; readonly clean: boolean; readonly withinMs?: number }
  /** Starts the executable as a person would, without SALLYPORT_PLUGIN: a sentence on stderr, nothing on stdout. */
  | { readonly do: "byHand"; readonly exitCode: number; readonly withinMs?: number };
