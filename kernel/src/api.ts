import type { CancelSignal, Limits, Meta, MethodInfo, Progress, Usage, Warning } from "@sallyport/bus";
import type { Adapter, Confinement, Traits } from "./adapter.js";
import type { Hooks } from "./crossing.js";
import type { KernelMetrics } from "./flow/metrics.js";
import type { Priority } from "./lines.js";
import type { GrantSpec } from "./grant.js";
import type { EntryKind, JsonSchema, Permissions, PluginSpec, Trust } from "./manifest.js";
import type { SecretProvider } from "./secrets/provider.js";
import type { Health } from "./watch/subject.js";

export interface KernelOptions {
  readonly adapters: readonly Adapter[];
  /** Interfaces of which several majors may be provided side by side: which one calls mean, and how calls are converted between them; by the first part of its methods' names. */
  readonly interfaces?: Readonly<Record<string, InterfaceOptions>>;
  /** Which of several modes suits a plugin's policy best; asked only where a policy wants to know. */
  readonly choose?: Choose;
  readonly hooks?: Hooks;
  /** What the host calls itself in its hello. */
  readonly host?: { readonly name: string; readonly version: string };
  /** Deadline of calls that name none, ms. Default 30000. */
  readonly timeoutMs?: number;
  /** Wait for a terminal frame after `cancel` before the instance is killed as stuck, ms. Default 1000. */
  readonly graceMs?: number;
  /** Keep plugins' stacks in errors. */
  readonly debug?: boolean;
  /** Measure how late the host's event loop is, for `metrics()`. Default false: it costs a timer every 10 ms. */
  readonly loopDelay?: boolean;
  /** Where the secrets come from that plugins get with `secret.get` and a grant `secret:NAME`. */
  readonly secrets?: SecretProvider;
  /** How long the old generation of a secret is accepted after a rotation, ms; who still uses it then is restarted. Default 60000. */
  readonly secretGraceMs?: number;
  /** How often an instance's memory, CPU time, processes and descriptors are looked at, ms: more often near a limit, more rarely while it does nothing. Default 500. */
  readonly sampleMs?: number;
  /** A plugin that was silent for so long is asked for a sign of life, ms; after three without an answer and without an open call it is ended. Default 5000. */
  readonly heartbeatMs?: number;
  /** How many instances are started again in a second, all plugins together; the first start of each is not counted. Default 32. */
  readonly startsPerSecond?: number;
}

export interface InterfaceOptions {
  /** The major that a call means which names none. Default: the newest that is provided. */
  readonly current?: number;
  /** Majors before it that are still served. */
  readonly from?: Readonly<Record<number, EarlierMajor>>;
}

/** Whoever provides it or calls it is told of its end: in the log once a day, and by a warning beside each result. */
export interface EarlierMajor {
  /** `2027-06-30`. */
  readonly removedOn: string;
  /** For calls of the current major where only this one is provided: params as this one takes them, its results as the current one has them. */
  readonly provider?: Conversion;
  /** For calls of this major where only the current one is provided: the reverse. */
  readonly caller?: Conversion;
}

/** Between two majors, by method. What is left out goes as it is. They run in the host, for each call. */
export interface Conversion {
  params?(method: string, params: unknown): unknown;
  result?(method: string, result: unknown): unknown;
  item?(method: string, item: unknown): unknown;
}

/** What a mode is, as far as the kernel knows; what it costs is for the host to know. */
export interface ModeCandidate {
  readonly mode: string;
  readonly trust: Trust;
  readonly traits: Traits;
  /** Of the entry that it would run. */
  readonly kind: EntryKind;
}

export interface Wish {
  readonly plugin: string;
  readonly prefer: "latency" | "memory";
  /** Where it is now, if it runs: a mode that is no better than this is none. */
  readonly from?: string;
}

/** The mode to take of those that run the plugin here and that it is trusted for; `undefined`: there is nothing to go by. */
export type Choose = (candidates: readonly ModeCandidate[], wish: Wish) => string | undefined;

/** Loads plugins, routes calls and events between them and the host, and keeps each within its grants and limits. */
export interface Kernel extends AsyncDisposable {
  /**
   * Loads a plugin; when it is `eager` (the default) resolves once it is ready. Throws what went wrong with a
   * remedy, and leaves nothing behind: `invalid_argument`, `not_found`, `conflict`, `spawn_failed`,
   * `bad_handshake`, `start_timeout`, `manifest_mismatch`, `version_mismatch`, `protocol_violation`, `plugin_crashed`,
   * or what its `$init` failed with.
   */
  load(spec: PluginSpec): Promise<PluginInfo>;
  /** Drains, ends and forgets a plugin: calls in flight finish or fail `cancelled` after `drainMs` (default 2000). */
  unload(name: string, options?: { readonly drainMs?: number }): Promise<void>;
  /**
   * Lets a running plugin go on in another mode, with the same grants, limits and contract: a new instance starts there, new calls
   * and events go to it once it is ready, and the old one finishes what it has and ends, after `drainMs` at the latest. No call is
   * lost, none is made twice. If the new one does not come up or offers less (`manifest_mismatch`) the plugin stays as it was.
   * Throws what `load` throws; `not_found`; `permission_denied` for a mode that asks for more trust than the plugin has, unless the
   * config or `trust` says so; `conflict` during another move; `failed_precondition` when its manifest has changed; `quarantined`.
   */
  move(plugin: string, mode: string, options?: MoveOptions): Promise<PluginInfo>;
  /** Ends a quarantine: the plugin is started again at once, or by its next call if it is lazy. Throws `not_found`. */
  release(plugin: string): void;
  /** Calls a method, wherever it is provided. Rejects with a SallyportError. `T` is the caller's claim. */
  call<T = unknown>(method: string, params?: unknown, options?: CallOptions): Promise<T>;
  /** Calls a streaming method; leaving the loop cancels it. The generator's return value is the call's result. */
  stream<T = unknown>(method: string, params?: unknown, options?: CallOptions): AsyncGenerator<T, unknown, void>;
  /** Offers a method to plugins (with a grant) and to `call`. Returns a function that withdraws it. Throws `conflict`. */
  provide(method: string, handler: HostMethod, options?: ProvideOptions): () => void;
  /** Sends an event to every subscriber whose grants allow it; returns to how many it was handed or queued. */
  publish(topic: string, payload?: unknown): number;
  /** Hears events whose topic matches `pattern`. Returns a function that ends it. */
  subscribe(pattern: string, handler: (payload: unknown, topic: string) => void): () => void;
  /**
   * Gives a loaded plugin more grants, at once and for its next instances. A manifest's `needs` bound them as ever. The
   * plugin is not told. Throws `not_found`, `invalid_argument`.
   */
  grant(plugin: string, grants: readonly GrantSpec[]): PluginInfo;
  /**
   * Takes grants away, at once: those that lie within the given ones. Calls and streams under way that were made with
   * them, by the plugin or on its behalf, end with `permission_denied`; its subscriptions end, and events that wait for it
   * are dropped. Throws `not_found`, `invalid_argument`, and `failed_precondition`, changing nothing, where a grant that it
   * holds reaches further.
   */
  revoke(plugin: string, grants: readonly GrantSpec[]): PluginInfo;
  /** Every plugin, its state, mode, grants and limits. */
  list(): readonly PluginInfo[];
  /** What every plugin did and used, and how the host is; `openMetrics` makes text of it. */
  metrics(): Promise<KernelMetrics>;
  /** Every method that can be called, host methods first: nothing else is routed. */
  api(): readonly MethodEntry[];
  /** Unloads everything and disposes the adapters. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

export interface MoveOptions {
  /** Time for the calls that the old instance has open, ms. Then they fail `unavailable`. Default 2000. */
  readonly drainMs?: number;
  /** The trust that the code has earned by now; it keeps it. */
  readonly trust?: Trust;
  /** Where the plugin lies for that mode, if not where it was loaded from: a name in a list, another build of it. */
  readonly path?: string;
  /** For the record: `detail` of the lifecycle event `moved` has `from` and `to`. Default: `asked`. */
  readonly reason?: string;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: CancelSignal;
  /** `meta.tenant` names for whom the call is made: tenants wait in lines of their own, which take turns. */
  readonly meta?: Meta;
  /** Who goes first where calls wait for a place: of 21 places 16 go to `high`, 4 to `normal` (default) and 1 to `low`, while all three wait. */
  readonly priority?: Priority;
  /** Items to send along, for a method that takes a stream. */
  readonly input?: AsyncIterable<unknown> | Iterable<unknown>;
  /**
   * The params are a Uint8Array that fills its own buffer, and the caller gives it away: where the mode can move it
   * instead of copying it, it is empty afterwards. Everywhere else it is copied as ever.
   */
  readonly transfer?: boolean;
  onProgress?(progress: Progress): void;
  /** What comes beside the result: that the call goes to a major which will be removed, and what the plugin warns of. */
  onWarning?(warning: Warning): void;
}

export type HostMethod = (params: never, context: HostContext) => unknown;

/** What a host method gets beside its params. An async generator as handler streams its items. */
export interface HostContext {
  /** `host`, or the name of the calling plugin; from the channel, never from the message. */
  readonly caller: string;
  /** The calling instance, `name#7f3a`; `host` for the host. */
  readonly instance: string;
  /** Who asked first ... the caller: `["host", "report", "rates"]`. From the channels; a plugin that hides whom it serves stands alone. */
  readonly origin: readonly string[];
  readonly signal: CancelSignal;
  readonly meta: Meta;
  readonly input: AsyncIterable<unknown>;
  progress(progress: Progress): void;
  /**
   * Keeps something for the caller and returns a name for it that cannot be guessed. It works for the calling instance
   * alone, and ends with it: `dispose` is then called, once. Throws `resource_exhausted` for the 1025th.
   */
  handle<T>(resource: T, dispose?: (resource: T) => unknown): string;
  /** What a handle of the caller names. Throws `not_found`, the same for one that never was, is another's, or has ended. */
  resource<T>(handle: string): T;
  /** Ends a handle of the caller, if it is one, and disposes of what it names. */
  release(handle: string): void;
  /** Throws `unauthenticated` unless the caller got this generation of the secret from `secret.get`, and it is the present one or within its grace. */
  checkSecret(name: string, generation: string): void;
}

export interface ProvideOptions {
  readonly params?: JsonSchema;
  readonly result?: JsonSchema;
  readonly item?: JsonSchema;
  readonly description?: string;
  readonly idempotent?: boolean;
  readonly timeoutMs?: number;
  /** Version of the interface that it belongs to, `1.2.0`; two majors of a method may be provided side by side. */
  readonly version?: string;
}

export type PluginState = "idle" | "starting" | "ready" | "backoff" | "broken" | "quarantined" | "draining" | "stopped";

export interface PluginInfo {
  readonly name: string;
  readonly version: string | undefined;
  readonly mode: string;
  readonly trust: Trust;
  readonly state: PluginState;
  readonly traits: Traits;
  /** `true` when nothing contains this plugin: trusted code, or ambient authority without profile `strict`. */
  readonly unsafe: boolean;
  readonly path: string;
  /** The live instance, `name#7f3a`, and where it runs, `pid 4711`. */
  readonly instance: string | undefined;
  readonly label: string | undefined;
  readonly methods: readonly MethodInfo[];
  readonly events: readonly string[];
  readonly grants: readonly string[];
  /** Asked for by manifest or hello and not granted. */
  readonly denied: readonly string[];
  /** What it may reach of the system: asked for and granted. */
  readonly permissions: Permissions;
  /** What confines its instance, or confined the last one; without it nothing does but the mode itself. */
  readonly confinement?: Confinement;
  readonly limits: Limits;
  readonly restarts: number;
  /** What the live instance had used when it was last looked at. */
  readonly usage?: Usage;
  /** Whether the live instance gives signs of life; `unknown` before the first heartbeat, and for one that is silent and answers no pings. */
  readonly health: Health;
  readonly stats: PluginStats;
}

/** Counted by the host; nothing here is a plugin's own report. */
export interface PluginStats {
  readonly calls: number;
  readonly errors: number;
  readonly denied: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly busyMs: number;
}

export interface MethodEntry extends MethodInfo {
  /** `host`, or the plugin's name. */
  readonly provider: string;
  /** Of its interface, where the provider says so: `name@MAJOR` calls this one. */
  readonly version?: string;
  readonly description?: string;
  readonly params?: JsonSchema;
  readonly result?: JsonSchema;
}
