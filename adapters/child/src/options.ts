import type { Codec, Limits } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";

export interface ChildOptions {
  /** Program and arguments; never passed through a shell, and readable by every user of the machine. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment; `childEnvironment()` makes the usual one. */
  readonly env: Readonly<Record<string, string>>;
  /** Codecs that the plugin may choose from. Default: json and msgpack. */
  readonly codecs?: readonly Codec[];
  readonly limits: Limits;
  readonly host: HostEnd;
  /** Written to stdin before any frame. */
  readonly prelude?: Uint8Array;
  /** Gives up the start until the plugin's handshake line was read; afterwards `kill` is the way. */
  readonly signal: AbortSignal;
  /** Longest that the plugin may leave written bytes unread before it counts as stuck, ms. Default 10000. */
  readonly stallMs?: number;
}
