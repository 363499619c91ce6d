import {
  DEFAULT_LIMITS, isPattern, matchTopic, narrowLimits, SallyportError,
  type Clock, type EventFrame, type GuestHello, type IncomingCall, type Limits, type LogFrame, type LogLevel, type MethodInfo, type Peer,
} from "@sallyport/bus";
import type { Adapter, Confinement, PluginSource } from "./adapter.js";
import { createAdmission, type Admission } from "./admission.js";
import type { Hooks, LifecycleEvent } from "./crossing.js";
import type { Subscriber } from "./events.js";
import { createFlow, type Flow } from "./flow/flow.js";
import type { GrantKind, GrantSpec } from "./grant.js";
import { createGrants, type Grants } from "./grants.js";
import { createHoldings } from "./holdings.js";
import { INFLIGHT_UNSAID, startInstance, type Greeting, type Instance, type InstanceHandlers } from "./instance.js";
import { instanceId } from "./ids.js";
import { readMethod } from "./hello.js";
import { tell } from "./hooks.js";
import { DEFAULT_RESTART, type Manifest, type PluginSpec, type Trust } from "./manifest.js";
import { assertOffers, type Offer } from "./offer.js";
import { createOutbox } from "./outbox.js";
import { effectivePermissions, type EffectivePermissions } from "./permissions.js";
import { SECRET_ROTATED } from "./reserved.js";
import { moveRules } from "./policy/options.js";
import { createTriggers, type Trigger, type Triggers } from "./policy/triggers.js";
import { createSupervisor, type MoveOrder, type Supervisor } from "./supervisor.js";
import { createMeaning, type Meaning } from "./versions/meaning.js";
import { readEach, readRange, readVersion, type Version } from "./versions/version.js";
import { isReference } from "./versions/reference.js";
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

export function createPlugin(name: string, spec: PluginSpec, adapter: Adapter, source: PluginSource, wiring: PluginWiring): Plugin {
  const { clock, hooks } = wiring;
  const { manifest } = source;
  let home: Home = { adapter, source, trust: spec.trust ?? "untrusted" };
  const modes = new Map<string, string>();
  const configured = narrowLimits({ ...DEFAULT_LIMITS, ...spec.limits }, manifest?.limits);
  const stats = { calls: 0, errors: 0, denied: 0, busyMs: 0 };
  const permissions = effectivePermissions(name, source.root, manifest?.permissions, spec.permissions);
  let confinement: Confinement | undefined;
  let limits = configured;
  let hello: GuestHello | undefined;
  let known: ReadonlySet<string> | undefined = manifest?.methods && new Set(Object.keys(manifest.methods));
  const held = createHoldings(name, spec.grants ?? []);
  const peers = new Map<string, Peer>();
  let needs = manifest?.needs;
  let grants = createGrants(name, held.all, needs);
  let events: readonly string[] = [];
  const asks = manifest?.events ?? [];
  let wanted = asks;
  const refused = new Set<string>();

  function report(event: LifecycleEvent["event"], reason?: string, instance?: string, detail?: unknown): void {
    if (event === "crashed" && reason !== undefined) flow.crashed(reason);
    tell(hooks.lifecycle, { at: Date.now(), plugin: name, event, ...(reason !== undefined && { reason }), ...(instance !== undefined && { instance }), ...(detail !== undefined && { detail }) });
  }
  function log(instance: string, level: LogLevel, message: string, from: "log" | "output", fields?: Readonly<Record<string, unknown>>): void {
    tell(hooks.log, { at: Date.now(), plugin: name, instance, level, message, from, ...(fields && { fields }) });
  }

  /** What the plugin prints or logs, as much of it as it may. */
  function hearLog(instance: string, level: LogLevel, message: string, from: "log" | "output", fields?: Readonly<Record<string, unknown>>): void {
    if (flow.keepsLine()) log(instance, level, message.length > LOG_CHARS ? `${message.slice(0, LOG_CHARS)}…` : message, from, fields);
  }

  /** Checks a hello and says what the answer is; `accept` makes it the plugin's. */
  function judge(theirs: GuestHello, agreed: Limits, move?: { readonly mode: string }): { readonly greeting: Greeting; accept(): void } {
    const methods = theirs.methods.map(readMethod);
    const extra = (what: string, list: readonly string[] | undefined, allowed: { has(item: string): boolean } | undefined): void => {
      const grown = allowed && list?.filter((item) => !allowed.has(item));
      if (grown && grown.length > 0) {
        throw new SallyportError("manifest_mismatch", `the hello of '${name}' announces ${what} that its manifest does not: ${grown.join(", ")}`, { plugin: name });
      }
    };
    extra("methods", methods.map((method) => method.name), known);
    extra("needs", theirs.needs, manifest?.needs && new Set(manifest.needs));
    extra("events", theirs.events, manifest?.events && new Set(manifest.events));
    if (move !== undefined) assertOffers(name, move.mode, theirs, promised());
    const patterns = theirs.events ?? asks;
    checkPatterns(patterns, agreed);
    // A bare executable's needs are told in its hello; they inform, the config alone grants.
    const asked = manifest ? manifest.needs : theirs.needs;
    return {
      greeting: { host: wiring.host, grants: createGrants(name, held.all, asked).effective, config: spec.config ?? {} },
      accept() {
        if (known === undefined) {
          wiring.discovered(plugin, methods);
          known = new Set(methods.map((method) => method.name));
        }
        hello = theirs;
        limits = agreed;
        flow.agree(agreed);
        needs = asked;
        grants = createGrants(name, held.all, needs);
        hear(patterns);
      },
    };
  }

  function promised(): Offer {
    const methods = hello?.methods.map((method) => readMethod(method).name) ?? [...(known ?? [])];
    const streams = Object.values(manifest?.methods ?? {}).some(({ stream }) => stream !== undefined) || hello?.methods.some((method) => readMethod(method).stream !== undefined) === true;
    const heard = hello?.events ?? asks;
    return {
      methods, events: heard,
      features: [...(streams ? ["stream"] : []), ...(events.length > 0 ? ["events"] : []), ...(grants.effective.some((grant) => grant.startsWith("call:")) && hello?.features?.includes("hostcall") === true ? ["hostcall"] : [])],
    };
  }

  function checkPatterns(patterns: readonly string[], { subscriptions }: Limits): void {
    if (patterns.length > subscriptions) {
      flow.limit("subscriptions", patterns.length);
      throw new SallyportError("subscription_limit", `'${name}' subscribes to ${patterns.length} patterns; its limit is ${subscriptions}`, {
        plugin: name, path: "events", data: { limit: "subscriptions", used: patterns.length, allowed: subscriptions },
      });
    }
    for (const pattern of patterns) if (!isPattern(pattern)) throw new SallyportError("invalid_argument", `'${name}' subscribes to '${pattern}', which is not a topic pattern`, { plugin: name, path: "events" });
  }

  function hear(patterns: readonly string[]): void {
    // A manifest's wishes are heard at the load and again in each hello: a refusal is told once.
    for (const pattern of patterns) {
      if (pattern === SECRET_ROTATED || grants.allows("subscribe", pattern) || refused.has(pattern)) continue;
      // Each start of a program can bring others.
      if (refused.size >= REFUSED) refused.clear();
      refused.add(pattern);
      plugin.deny("subscribe", pattern);
    }
    wanted = patterns;
    subscribe();
  }

  function subscribe(): void {
    events = wanted.filter((pattern) => grants.allows("subscribe", pattern));
    wiring.subscribe(plugin, events);
  }

  function closed(instance: string): void {
    peers.delete(instance);
    modes.delete(instance);
    wiring.closed(instance);
  }

  function start({ adapter, source }: Home, signal: AbortSignal, greet: InstanceHandlers["greet"]): Promise<Instance> {
    const id = instanceId(name);
    modes.set(id, adapter.mode);
    wiring.opened(id);
    return startInstance({
      plugin: name, adapter, clock, signal, watch: wiring.watch,
      request: { source, instance: id, args: spec.args ?? [], limits: configured, sandbox: spec.sandbox ?? "auto", permissions: permissions.effective, debug: wiring.debug },
      startTimeoutMs: wiring.startTimeoutMs,
      graceMs: wiring.graceMs,
      handlers: {
        greet(theirs, agreed, peer) {
          peers.set(id, peer);
          return greet(theirs, agreed, peer);
        },
        request: (call, peer) => wiring.request(plugin, peer, call, id),
        event: (frame) => wiring.event(plugin, id, { ...frame, p: frame.p ?? null }),
        log: (frame: LogFrame) => hearLog(id, LEVELS.has(frame.lv) ? frame.lv : "info", frame.msg, "log", fieldsOf(frame)),
        output: (level, text) => hearLog(id, level, text, "output"),
        remark: (text) => log(id, "error", text, "output"),
        limited(limit, used, times = 1) {
          if (limit === "logLines") flow.counts.logDropped += times;
          flow.limit(limit, used, times);
        },
        eventCredit: () => outbox.flush(),
        sampled: triggers && ((usage) => triggers.sampled(usage, limits)),
        watched: (event, reason, detail) => report(event, reason, id, detail),
      },
    }).catch((error: unknown) => {
      closed(id);
      throw error instanceof SallyportError ? wiring.redact(error) : error;
    });
  }

  const interfaces = readEach(name, "interfaces", manifest?.interfaces ?? spec.interfaces, readVersion);
  const meaning = createMeaning(readEach(name, "uses", manifest?.uses ?? spec.uses, readRange));
  const rules = moveRules(name, spec.policy);
  const triggers = rules && createTriggers({ rules, clock, broken: (trigger) => wiring.unsuited(plugin, trigger) });
  const flow = createFlow({
    plugin: name, clock, limits: configured,
    report: (event, reason, detail) => report(event, reason, supervisor.current?.id, detail),
    say: (message) => log(supervisor.current?.id ?? name, "warn", message, "output"),
  });
  // Its hello says how many it takes at once; until then a burst of calls must not count on more than every plugin takes.
  const admission = createAdmission({ plugin: name, inflight: INFLIGHT_UNSAID, queue: configured.queue, clock, refused: (waiting) => flow.limit("queue", waiting) });
  const supervisor = createSupervisor({
    plugin: name, clock,
    start: (signal) => start(home, signal, (theirs, agreed) => {
      const { greeting, accept } = judge(theirs, agreed);
      accept();
      return greeting;
    }),
    turn: (signal) => wiring.starts.turn(signal),
    policy: spec.restart === false ? undefined : { ...DEFAULT_RESTART, ...spec.restart },
    eager: spec.start !== "lazy",
    idleStopMs: spec.idleStopMs,
    drainMs: wiring.drainMs,
    busy: () => admission.inFlight + admission.queued + (supervisor.current?.peer.incoming ?? 0) > 0,
    event: report,
    onReady(instance) {
      confinement = instance.confinement;
      admission.resize(instance.limits.inflight);
      outbox.flush();
    },
    onEnd(instance, ending) {
      closed(instance.id);
      if (!ending.expected) log(instance.id, "error", ending.error.message, "output");
    },
  });
  const outbox = createOutbox({
    bound: configured.events,
    peer: () => supervisor.current?.peer,
    dropped: (topic, why) => flow.dropped(topic, why),
  });

  const plugin: Plugin = {
    kind: "plugin",
    name, spec, manifest, admission, flow, supervisor, stats, peers, interfaces, meaning, triggers, report, log,
    get source() {
      return home.source;
    },
    get adapter() {
      return home.adapter;
    },
    get trust() {
      return home.trust;
    },
    get described() {
      return known !== undefined;
    },
    modeOf: (instance) => modes.get(instance) ?? home.adapter.mode,
    async move(to, order) {
      let adopt: (() => void) | undefined;
      await supervisor.move({
        ...order,
        start: (signal) => start(to, signal, (theirs, agreed) => {
          const { greeting, accept } = judge(theirs, agreed, to.adapter);
          adopt = accept;
          return greeting;
        }),
        takeOver() {
          home = to;
          triggers?.reset();
          adopt?.();
        },
      });
    },
    get hello() {
      return hello;
    },
    get limits() {
      return limits;
    },
    get grants() {
      return grants;
    },
    permissions,
    get confinement() {
      return confinement;
    },
    get events() {
      return events;
    },
    get wanted() {
      return wanted;
    },
    deny(kind, subject, detail) {
      const grant = `${kind}:${isPattern(subject) || isReference(subject) ? subject : JSON.stringify(subject.slice(0, 256))}`;
      stats.denied++;
      flow.denied(grant, detail);
      const [whose, help] = detail === undefined ? ["", undefined] : [" for everybody whose call it serves", "Everybody on whose behalf the call is made needs the grant, or the grant of the plugin that makes it says `\"delegate\": true`; the host's log has the names."];
      return new SallyportError("permission_denied", `'${name}' has no grant '${grant}'${whose}`, { plugin: name, source: "host", data: { grant }, ...(help !== undefined && { help }) });
    },
    grant(specs) {
      const added = held.add(specs);
      grants = createGrants(name, held.all, needs);
      subscribe();
      if (added.length > 0) report("granted", added.join(", "), supervisor.current?.id, { grants: added });
    },
    revoke(specs) {
      const gone = held.remove(specs);
      grants = createGrants(name, held.all, needs);
      subscribe();
      outbox.keep((topic) => topic === SECRET_ROTATED || events.some((pattern) => matchTopic(pattern, topic)));
      if (gone.length > 0) report("revoked", gone.join(", "), supervisor.current?.id, { grants: gone });
    },
    deliver(event) {
      const taken = outbox.push(event);
      supervisor.touch();
      // An event wakes a plugin that sleeps; one that is broken stays so.
      if (taken && supervisor.state === "idle") void supervisor.ready().catch(() => undefined);
      return taken;
    },
  };
  if (asks.length > 0) {
    checkPatterns(asks, configured);
    hear(asks);
  }
  return plugin;
}

/** Longest message of a log entry, characters: a log is for people. */
const LOG_CHARS = 8192;
/** Refused subscriptions that are remembered as told. */
const REFUSED = 256;

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(["debug", "info", "warn", "error"]);

function fieldsOf({ f }: LogFrame): Readonly<Record<string, unknown>> | undefined {
  return typeof f === "object" && f !== null && !Array.isArray(f) ? f : undefined;
}
