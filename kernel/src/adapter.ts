import type { Crash, ErrorObject, Frame, Limits, LogLevel, Usage } from "@sallyport/bus";
import type { EntryKind, Manifest, Permissions, PluginSpec, Profile, SandboxChoice, Trust } from "./manifest.js";

/**
 * All that an isolation mode has to provide: start something, move frames, end it. Handshake, deadlines,
 * credits, cancel and restart are the kernel's and the same in every mode. `adapters/README.md` leads
 * through writing one. The cut follows capnweb's transports: three verbs and an end.
 */
export interface Adapter extends AsyncDisposable {
  /** What a config names. */
  readonly mode: string;
  /** Facts about the boundary: printed in the README, checked by the conformance suite. */
  readonly traits: Traits;
  /** Kinds of entry that it runs. */
  readonly entries: readonly EntryKind[];
  /** The least trust in a plugin that this mode is fit for; the kernel picks the mode for a plugin that names none by it. */
  readonly trust: Trust;
  /**
   * Reads what there is to know of a plugin without running it. `undefined`: the path holds nothing that this
   * mode runs. Rejects with `invalid_argument` naming file, line and column for a broken manifest, `not_found`
   * for a path that does not exist.
   */
  inspect(spec: PluginSpec, signal: AbortSignal): Promise<PluginSource | undefined>;
  /** Starts one instance. Rejects leaving nothing running. Aborting `signal` gives up the start. */
  open(request: OpenRequest, host: HostEnd, signal: AbortSignal): Promise<Boundary>;
  /** What is kept from a plugin in this mode on this machine, and what the mode needs here: for `sallyport doctor`. Without it: nothing but the traits. */
  enforcement?(signal: AbortSignal): Promise<Enforcement>;
}

/** What can be kept from a plugin: a resource above its limit, or a part of the machine. */
export type Guard =
  | keyof Limits
  /** Files beyond its permissions. */
  | "files"
  /** Addresses beyond its permissions. */
  | "network"
  /** Memory, signals and `/proc` of the host and of other plugins. */
  | "peers"
  /** All of its tree ends with it, and with the host. */
  | "orphans";

/** What this machine enforces in one mode. */
export interface Enforcement {
  /** What `auto` gives here. */
  readonly profile: Profile;
  /** What does it, for people: `bubblewrap 0.8.0`, `Landlock 7`. */
  readonly by: string;
  /**
   * How each guard is kept, by the machine or by the mode itself: `RLIMIT_NOFILE`. One that is not here is not kept. A text that
   * begins with `measured` tells of one that is seen from outside, and ended then; with `only `, of one that holds against accidents.
   */
  readonly guards: Readonly<Partial<Record<Guard, string>>>;
  /** How to get what is missing. */
  readonly remedies: readonly { readonly guards: readonly Guard[]; readonly help: string }[];
  /** What the mode needs beside Node: a library, a compiler, a service. */
  readonly needs?: readonly Need[];
}

/** One thing that a mode needs here. */
export interface Need {
  /** `koffi`, `a C compiler`. */
  readonly what: string;
  /** Its version or place; `undefined`: it is not here. */
  readonly found?: string;
  /** What does not go without it, and how to get it. */
  readonly help: string;
}

/** What one instance really has. */
export type Confinement = Pick<Enforcement, "profile" | "by" | "guards">;

/** A plugin found and described, not yet running. */
export interface PluginSource {
  readonly name: string;
  readonly kind: EntryKind;
  /** Absolute folder of the plugin: the working directory of a program. */
  readonly root: string;
  /** Absolute path of the file to run, or the name in a compile-time list. */
  readonly entry: string;
  /** `undefined`: a bare executable or module, described by its hello alone. */
  readonly manifest: Manifest | undefined;
}

export interface OpenRequest {
  readonly source: PluginSource;
  /** `name#7f3a`: for people and logs; made by the kernel. */
  readonly instance: string;
  readonly args: readonly string[];
  readonly limits: Limits;
  readonly sandbox: SandboxChoice;
  /** Asked for and granted. */
  readonly permissions: Permissions;
  /** The plugin may send stacks, and the adapter should map them to the author's source. */
  readonly debug: boolean;
}

/** The kernel's end of a boundary, handed to `open` so that no early frame is lost. Callable from the start. */
export interface HostEnd {
  /** One frame from the guest, already decoded and checked by the bus's `readFrame`. */
  receive(frame: Frame): void;
  /** What the plugin printed outside the protocol: stderr, stray console output. */
  log(level: LogLevel, text: string): void;
  /** The plugin reached a limit that its adapter keeps, `times` times since this was said last. */
  limited?(limit: keyof Limits, used: number, times?: number): void;
  /** The wire takes frames again after `send` returned `false`. */
  drained(): void;
}

/** One live plugin instance behind an adapter. Disposing is `kill`. */
export interface Boundary extends AsyncDisposable {
  /** `pid 4711`: for people, never an identity. */
  readonly label: string;
  /** What confines it; without it nothing does but the mode itself. */
  readonly confinement?: Confinement;
  /** What it has used until now. Never rejects; `undefined` when that cannot be told any more. */
  usage?(): Promise<Usage | undefined>;
  /** Settles once with the reason of the end, never rejects. Nothing is received after it. */
  readonly exited: Promise<Exit>;
  /**
   * Queues one frame. `false`: stop until `drained`. A frame sent after the end is dropped. Throws `bad_value`.
   * `given`: the sender has no more use for the bytes of the payload; a boundary that can move their buffer may take it.
   */
  send(frame: Frame, given?: boolean): boolean;
  /** Asks it to end by itself: closes its input (the portable signal) and, where there is one, sends the polite signal 500 ms later. */
  end(): void;
  /** Ends it now, whatever it is doing, with everything it started. Idempotent. */
  kill(): Promise<Exit>;
}

/** Why an instance ended. `error` is set when the boundary itself gave up on it (bad handshake, frame too large). */
export interface Exit extends Crash {
  readonly error?: ErrorObject;
}

export interface Traits {
  /** Whether plugin code could reach host memory. */
  readonly memory: "shared" | "separate";
  /** What a fatal fault of the plugin (heap exhausted, native crash) takes down. */
  readonly crash: "contained" | "fatal";
  /** Whether a plugin that never yields can be ended. */
  readonly stop: "preemptive" | "cooperative";
  /** `granted`: the plugin reaches nothing but its context. `ambient`: it has the rights of the user who runs the host. */
  readonly authority: "ambient" | "granted";
  /** Payloads are copied; `false`: host and plugin see the same objects. */
  readonly copies: boolean;
  /** One sentence each for the table in the README. */
  readonly stops: string;
  readonly costs: string;
}
