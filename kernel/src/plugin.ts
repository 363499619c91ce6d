import type { SallyportError, Clock, EventFrame, GuestHello, IncomingCall, Limits, LogLevel, MethodInfo, Peer } from "@sallyport/bus";
import type { Adapter, Confinement, PluginSource } from "./adapter.js";
import type { Admission } from "./admission.js";
import type { Hooks, LifecycleEvent } from "./crossing.js";
import type { Subscriber } from "./events.js";
import type { Flow } from "./flow/flow.js";
import type { GrantKind, GrantSpec } from "./grant.js";
import type { Grants } from "./grants.js";
import type { Greeting } from "./instance.js";
import type { Manifest, PluginSpec, Trust } from "./manifest.js";
import type { EffectivePermissions } from "./permissions.js";
import type { Trigger, Triggers } from "./policy/triggers.js";
import type { MoveOrder, Supervisor } from "./supervisor.js";
import type { Meaning } from "./versions/meaning.js";
import type { Version } from "./versions/version.js";
import type { Starts } from "./watch/starts.js";
import type { Watch } from "./watch/watch.js";

/** A loaded plugin: its facts, its place in the kernel, and the instance that comes and goes. */
export interface Plugin extends Subscriber {
  readonly kind: "plugin";
  readonly spec: PluginSpec;
  /** As it was when it was loaded: what the plugin may and must offer, in every mode that it is moved to. */
  readonly manifest: Manifest | undefined;
  readonly source: PluginSource;
  readonly adapter: Adapter;
  readonly trust: Trust;
  readonly admission: Admission;
  readonly flow: Flow;
  readonly supervisor: Supervisor;
  readonly stats: { calls: number; errors: number; denied: number; busyMs: number };
  readonly hello: GuestHello | undefined;
  readonly limits: Limits;
  readonly grants: Grants;
  readonly permissions: EffectivePermissions;
  /** What confines the instance, or confined the last one. */
  readonly confinement: Confinement | undefined;
  /** Patterns that it hears: asked for and granted. */
  readonly events: readonly string[];
  /** Patterns that it asked for, granted or not. */
  readonly wanted: readonly string[];
  /** Connections by instance: of the live one, and of those that start or leave. */
  /** Versions of the interfaces that it provides. */
  readonly interfaces: ReadonlyMap<string, Version>;
  /** What its calls mean, where it says so. */
  readonly meaning: Meaning | undefined;
  /** What its policy looks at; `undefined`: it has none that moves it. */
  readonly triggers: Triggers | undefined;
  readonly peers: ReadonlyMap<string, Peer>;
  /** Its methods are known: from its manifest, or because it was up before. */
  readonly described: boolean;
  /** The mode of one of its instances; of the present one for an instance that is gone. */
  modeOf(instance: string): string;
  /** As `Supervisor.move`; the new way of running it is the one of later starts too. */
  move(to: Home, order: Pick<MoveOrder, "drainMs" | "reason" | "detail">): Promise<void>;
  /** Counts and reports a refusal; `missing`: who in the chain lacks the grant, if not the plugin itself. */
  deny(kind: GrantKind, name: string, detail?: { readonly origin: readonly string[]; readonly missing: string }): SallyportError;
  /** Gives it more, at once and for its next instances. */
  grant(specs: readonly GrantSpec[]): void;
  /** Takes grants away: new calls are refused, subscriptions end, events that wait are dropped. Calls under way are its owner's to end. */
  revoke(specs: readonly GrantSpec[]): void;
  /** Something happened that concerns its life. */
  report(event: LifecycleEvent["event"], reason?: string, instance?: string, detail?: unknown): void;
  log(instance: string, level: LogLevel, message: string, from: "log" | "output"): void;
}

/** How a plugin is run. */
export interface Home {
  readonly adapter: Adapter;
  readonly source: PluginSource;
  readonly trust: Trust;
}

export interface PluginWiring {
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly watch: Watch;
  readonly starts: Starts;
  readonly host: Greeting["host"];
  readonly debug: boolean;
  readonly graceMs: number;
  readonly drainMs: number;
  readonly startTimeoutMs: number;
  request(plugin: Plugin, peer: Peer, call: IncomingCall, instance: string): unknown;
  event(plugin: Plugin, instance: string, frame: EventFrame): unknown;
  /** A rule of its policy is broken. */
  unsuited(plugin: Plugin, trigger: Trigger): void;
  /** An instance begins to start; it has ended, or has not come up. */
  opened(instance: string): void;
  closed(instance: string): void;
  /** The error without secrets. */
  redact(error: SallyportError): SallyportError;
  /** The first hello of a plugin whose manifest lists no methods: registers what it offers. Throws `conflict`. */
  discovered(plugin: Plugin, methods: readonly MethodInfo[]): void;
  /** Makes exactly these subscriptions. */
  subscribe(plugin: Plugin, patterns: readonly string[]): void;
}
