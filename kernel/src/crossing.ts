/** One boundary crossing: a call, a stream or an event that went into or came out of a plugin, or was refused. */
export interface Crossing {
  /** Wall-clock time of the start, ms since 1970. */
  readonly at: number;
  readonly kind: "call" | "event";
  /** `in`: host to plugin. `out`: plugin to host. */
  readonly direction: "in" | "out";
  /** The plugin whose boundary was crossed, and its instance (`name#7f3a`). */
  readonly plugin: string;
  readonly instance: string;
  readonly mode: string;
  /** Method or topic. */
  readonly name: string;
  /** Who asked: `host`, or the calling plugin. */
  readonly caller: string;
  /** Who asked first ... the caller; a plugin that serves nobody's call stands alone. */
  readonly origin?: readonly string[];
  /** `ok`, or the error's code. */
  readonly outcome: string;
  /** From admission to the terminal frame, ms; for calls. */
  readonly durationMs?: number;
  /** Of it, waiting for a place, ms. */
  readonly queuedMs?: number;
  /** Stream items that crossed. */
  readonly items?: number;
  readonly traceparent?: string;
}

/** A change in a plugin's life, each with the instance it concerns. */
export interface LifecycleEvent {
  readonly at: number;
  readonly plugin: string;
  readonly instance?: string;
  readonly event: "loaded" | "starting" | "ready" | "draining" | "stopped" | "crashed" | "breaker_open" | "breaker_closed" | "unloaded" | "denied" | "dropped"
    | "limit" | "unresponsive" | "responsive" | "quarantined" | "released" | "granted" | "revoked" | "secret" | "moved";
  /**
   * The error code or a short text, where there is one. What a plugin can cause without end (`denied`, `dropped`, `limit`) is told
   * one by one only so often in a second; then comes one event for the rest, with their number in `detail.count`.
   */
  readonly reason?: string;
  readonly detail?: unknown;
}

export interface LogEntry {
  readonly at: number;
  readonly plugin: string;
  readonly instance: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** `log`: a log frame. `output`: printed outside the protocol. */
  readonly from: "log" | "output";
  readonly traceparent?: string;
}

/** What a host may listen to. Hooks run on the hot path: keep them short; what they throw is ignored. */
export interface Hooks {
  crossing?(record: Crossing): void;
  lifecycle?(event: LifecycleEvent): void;
  log?(entry: LogEntry): void;
}
