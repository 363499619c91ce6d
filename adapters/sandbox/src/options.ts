import type { Limits } from "@sallyport/bus";
import type { Confinement, Enforcement, Permissions, SandboxChoice } from "@sallyport/kernel";

/** What makes profile `strict`. */
export type Wrapper = "bubblewrap" | "landlock" | "seatbelt";

export interface SandboxOptions {
  /** Which of them may be used, the preferred one first. Default: bubblewrap, landlock, seatbelt. */
  readonly by?: readonly Wrapper[];
  /** A launcher that was built before, instead of one compiled here at the first start. */
  readonly launcher?: string;
  /** Folder for the compiled launcher; must be this user's own. Default: `sallyport` in the user's cache folder. */
  readonly cache?: string;
}

/** A program to be started. */
export interface Wish {
  /** For messages. */
  readonly plugin: string;
  readonly argv: readonly string[];
  /** `undefined`: a temporary folder of its own, empty and gone with it. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Programs that `argv` itself starts in the end: no permission of the plugin, a part of its start. */
  readonly through?: readonly string[];
  /** What it may read and execute of its own: its folder, or single files. */
  readonly own: readonly string[];
  readonly limits: Limits;
  readonly permissions: Permissions;
  /** Folders that its mode makes for it: opened like permissions, and no wish of the plugin's that less than `strict` would ignore. */
  readonly lent?: Pick<Permissions, "read" | "write">;
  /** It starts no other program, and cannot where that can be kept from it. */
  readonly alone?: boolean;
  /** It has use for a temporary folder although it is `alone`. */
  readonly home?: boolean;
  /** It listens on sockets in folders that it may write, and so may make such sockets. */
  readonly serves?: boolean;
  /** It serves, and connects to sockets in folders that it may read. Only where mounts of its own keep all others out of sight. */
  readonly dials?: boolean;
  readonly choice: SandboxChoice;
  readonly signal: AbortSignal;
}

/** How to start it so that it is confined. */
export interface Confined {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The file that runs in the end, for checks and messages: `argv` may begin with a launcher. */
  readonly program: string;
  /** `argv[0]` stays between host and program: it reports a signal as exit code, and passes none on. */
  readonly relayed: boolean;
  readonly confinement: Confinement;
  /** Removes what was made for it. To be called when it has ended; never rejects. */
  release(): Promise<void>;
}

/** Disposed of after the last of its programs has ended: a host may end right then, and leaves no temporary folder. */
export interface Sandbox extends AsyncDisposable {
  /**
   * Never weaker than `choice`. Rejects `sandbox_unavailable` with the command that gets what is missing, `invalid_argument`
   * for a permission that cannot be given, `spawn_failed` for a program that is not there.
   */
  confine(wish: Wish): Promise<Confined>;
  /** What this machine can enforce, for programs that may start others or for those that may not. Looked at once. */
  enforcement(signal: AbortSignal, alone?: boolean): Promise<Enforcement>;
}
