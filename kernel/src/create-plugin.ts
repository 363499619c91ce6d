import { DEFAULT_LIMITS, isPattern, matchTopic, narrowLimits, SallyportError, type GuestHello, type Limits, type LogFrame, type LogLevel, type Peer } from "@sallyport/bus";
import type { Adapter, Confinement, PluginSource } from "./adapter.js";
import { createAdmission } from "./admission.js";
import type { LifecycleEvent } from "./crossing.js";
import { createFlow } from "./flow/flow.js";
import { createGrants } from "./grants.js";
import { createHoldings } from "./holdings.js";
import { INFLIGHT_UNSAID, startInstance, type Greeting, type Instance, type InstanceHandlers } from "./instance.js";
import { instanceId } from "./ids.js";
import { tell } from "./hooks.js";
import { DEFAULT_RESTART, type PluginSpec } from "./manifest.js";
import { assertOffers, assertWithin, promisedBy } from "./offer.js";
import type { Home, Plugin, PluginWiring } from "./plugin.js";
import { createOutbox } from "./outbox.js";
import { effectivePermissions } from "./permissions.js";
import { SECRET_ROTATED } from "./reserved.js";
import { moveRules } from "./policy/options.js";
import { createTriggers } from "./policy/triggers.js";
import { createSupervisor } from "./create-supervisor.js";
import { createMeaning } from "./versions/meaning.js";
import { readEach, readRange, readVersion } from "./versions/version.js";
import { isReference } from "./versions/reference.js";

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
    const methods = assertWithin(name, theirs, manifest, known);
    if (move !== undefined) assertOffers(name, move.mode, theirs, promisedBy({ manifest, hello, known, events, grants }));
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
