import type { CancelSignal, LogLevel, Meta, MethodInfo, Progress, Warning } from "@sallyport/bus";

/** A plugin: the same object in every mode. */
export interface PluginDefinition<Config = unknown> {
  /** For `serve`; a host names plugins itself. */
  readonly name?: string;
  readonly version?: string;
  /** By method name. An async generator function streams. */
  readonly methods?: Readonly<Record<string, Method<Config>>>;
  /** By topic pattern: exact, or with `*` for one segment and a final `**` for the rest. Needs a `subscribe:` grant. */
  readonly events?: Readonly<Record<string, (payload: never, context: Context<Config>) => unknown>>;
  /** Before the first call. A throw fails the start. */
  start?(context: Context<Config>): unknown;
  /** After the last call. The host waits a bounded time for it. */
  stop?(context: Context<Config>): unknown;
}

export type MethodHandler<Config = unknown> = (params: never, context: Context<Config>) => unknown;
/** A handler, or one with facts that the hello carries. */
export type Method<Config = unknown> = MethodHandler<Config> | (Omit<MethodInfo, "name"> & { readonly handler: MethodHandler<Config> });

/** What a handler may do. In hardened modes it is all that it may do. */
export interface Context<Config = unknown> {
  /** As the host set it, frozen. */
  readonly config: Config;
  /** The config's `args`: the same that an executable gets on its command line. */
  readonly args: readonly string[];
  readonly grants: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** `name#7f3a`. */
  readonly instance: string;
  /** Cancelled when the caller gives up or its deadline passes; pass it on to what you wait for. */
  readonly signal: CancelSignal;
  readonly meta: Meta;
  /** Items that the caller sends along. */
  readonly input: AsyncIterable<unknown>;
  /** ms until the caller's deadline. */
  remainingMs(): number;
  /** Calls a method of the host or of another plugin; needs the grant `call:METHOD`. Bounded by this call's deadline. */
  call<T = unknown>(method: string, params?: unknown, options?: ContextCallOptions): Promise<T>;
  /** Like `call`, for streaming methods; the return value is the result. */
  stream<T = unknown>(method: string, params?: unknown, options?: ContextCallOptions): AsyncGenerator<T, unknown, void>;
  /** Gets a secret of the host's; needs the grant `secret:NAME`. Get it again when `secret.rotated` names it, and do not keep it longer than that. */
  secret(name: string): Promise<Secret>;
  /** Sends an event; needs the grant `publish:TOPIC`. `false`: no credit, not sent. */
  publish(topic: string, payload?: unknown): boolean;
  readonly log: Log;
  progress(done: number | Progress, total?: number, note?: string): void;
  warn(warning: Warning): void;
}

/** A secret and which one it is: another value has another generation. */
export interface Secret {
  readonly value: string;
  readonly generation: string;
  readonly expiresAtMs?: number;
}

export interface ContextCallOptions {
  readonly timeoutMs?: number;
  readonly signal?: CancelSignal;
  readonly input?: AsyncIterable<unknown> | Iterable<unknown>;
  onProgress?(progress: Progress): void;
}

type LogFields = Readonly<Record<string, unknown>>;
/** `log("text")` is `log.info("text")`. */
export type Log = ((message: string, fields?: LogFields) => void) & Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Types a plugin and returns it as it is. Safe in hardened JavaScript: no globals, no I/O. */
export function definePlugin<Config = unknown>(definition: PluginDefinition<Config>): PluginDefinition<Config> {
  return definition;
}
