import type { Codec, Limits, Lookout } from "@sallyport/bus";
import type { Confinement, HostEnd } from "@sallyport/kernel";
import type { Families } from "./proc/families.js";

/** What is started. */
export interface Command {
  /** Program and arguments; never passed through a shell, and readable by every user of the machine. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment; `childEnvironment()` makes the usual one. */
  readonly env: Readonly<Record<string, string>>;
  /** The file that runs in the end, where `argv` begins with a launcher: it is looked at before the start, and named in messages. */
  readonly program?: string;
  /** `argv[0]` stays between: it reports the program's signal as exit code 128 + n, and passes none on. */
  readonly relayed?: boolean;
}

/** How the host talks to it. */
export interface Talk {
  /** Codecs that the plugin may choose from. Default: json and msgpack. */
  readonly codecs?: readonly Codec[];
  readonly limits: Limits;
  readonly host: HostEnd;
  /** Shared by children, so that one chain of turns serves them all. */
  readonly lookout?: Lookout;
  /** Shared by children, so that one look at the processes of the machine serves them all. */
  readonly families?: Families;
  /** What the command does to confine it. */
  readonly confinement?: Confinement;
  /** Written to stdin before any frame. */
  readonly prelude?: Uint8Array;
  /** Gives up the start until the plugin's handshake line was read; afterwards `kill` is the way. */
  readonly signal: AbortSignal;
  /** Longest that the plugin may leave written bytes unread before it counts as stuck, ms. Default 10000. */
  readonly stallMs?: number;
}

export interface ChildOptions extends Command, Talk {}
