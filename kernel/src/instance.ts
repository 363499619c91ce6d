import {
  createPeer, DEFAULT_LIMITS, fromErrorObject, fromWireLimits, narrowLimits, patientTimeout, SallyportError, toWireLimits,
  type Clock, type Crash, type EventFrame, type GuestHello, type HostHello, type IncomingCall, type Limits, type LogFrame, type LogLevel, type PatientTimer, type Peer, type Usage,
} from "@sallyport/bus";
import type { Adapter, Boundary, Confinement, Exit, HostEnd, OpenRequest } from "./adapter.js";
import { checkHello } from "./hello.js";
import type { LifecycleEvent } from "./crossing.js";
import { certainEnd, openAtLast, type CertainEnd } from "./watch/last-resort.js";
import type { Watched } from "./watch/subject.js";
import type { Watch } from "./watch/watch.js";

/** One live plugin behind a boundary, past its handshake. */
export interface Instance {
  readonly id: string;
  readonly mode: string;
  readonly label: string;
  readonly limits: Limits;
  readonly confinement: Confinement | undefined;
  readonly peer: Peer;
  readonly watched: Pick<Watched, "usage" | "health">;
  /** Settles once, with why it ended. `expected`: it was asked to. */
  readonly ended: Promise<Ending>;
  /** Resolves when the plugin asks to be replaced; never, if it does not. */
  readonly goodbye: Promise<void>;
  /**
   * Goodbye, end of input, kill: always ends, within `drainMs` and a fixed rest. Calls still open after `drainMs` fail `cancelled`;
   * after a move `unavailable`, since there is an instance that can be asked again.
   */
  stop(why: "shutdown" | "idle" | "reload" | "move", drainMs: number): Promise<Ending>;
}

export interface Ending {
  readonly error: SallyportError;
  readonly expected: boolean;
  readonly exit: Exit;
}

export interface InstanceHandlers {
  /** The guest's hello is here: checks it and returns what the host answers. Throws to refuse the plugin. */
  greet(hello: GuestHello, limits: Limits, peer: Peer): Greeting;
  request(call: IncomingCall, peer: Peer): unknown;
  event(frame: EventFrame): unknown;
  log(frame: LogFrame): void;
  output(level: LogLevel, text: string): void;
  /** What the host has to say about it, which no limit on its output keeps back. */
  remark(text: string): void;
  limited(limit: keyof Limits, used: number, times?: number): void;
  eventCredit(): void;
  /** A sample that the watch took. */
  sampled?: ((usage: Usage) => void) | undefined;
  /** What the watch reports of it. */
  watched(event: LifecycleEvent["event"], reason: string, detail?: unknown): void;
}

export interface Greeting {
  readonly host: { readonly name: string; readonly version: string };
  readonly grants: readonly string[];
  readonly config: unknown;
}

export interface InstanceOptions {
  readonly plugin: string;
  readonly adapter: Adapter;
  readonly request: OpenRequest;
  readonly handlers: InstanceHandlers;
  readonly startTimeoutMs: number;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly watch: Watch;
  readonly signal: AbortSignal;
}

const FEATURES = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall", "init"];
/** After `end()`: 500 ms until the polite signal, and as long as PROTOCOL.md gives it then. */
const END_GRACE_MS = 2500;
/** Until a plugin says otherwise: a plain read loop is correct. */
export const INFLIGHT_UNSAID = 1;
/** Frames that may come before the adapter has returned its boundary: a hello, and little else. */
const EARLY_FRAMES = 64;

/** Opens a boundary and shakes hands. Rejects with a remedy, leaving nothing running. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { plugin, adapter, request, handlers, clock } = options;
  let boundary: Boundary | undefined;
  let end: CertainEnd | undefined;
  let watched: Watched | undefined;
  let limitsNow = request.limits;
  let heard = 0;
  let pings = false;
  let killed: SallyportError | undefined;
  let expected = false;
  const early: Parameters<HostEnd["receive"]>[0][] = [];
  const abort = new AbortController();
  const give = (error: SallyportError): void => {
    killed ??= error;
    abort.abort(error);
    void end?.kill();
  };
  const onAbort = (): void => give(options.signal.reason instanceof SallyportError ? options.signal.reason : new SallyportError("cancelled", `the start of '${plugin}' was cancelled`, { plugin }));
  const timer = patientTimeout(
    clock,
    () => give(new SallyportError("start_timeout", `'${plugin}' was not ready within ${options.startTimeoutMs} ms`, { plugin })),
    options.startTimeoutMs,
  );
  options.signal.addEventListener("abort", onAbort, { once: true });
  if (options.signal.aborted) onAbort();

  const goodbye = deferred<void>();
  const greeted = deferred<{ features: ReadonlySet<string>; limits: Limits }>();
  const peer = createPeer({
    role: "host",
    clock,
    graceMs: options.graceMs,
    send: (frame, given) => boundary?.send(frame, given) ?? false,
    handlers: {
      hello(frame) {
        try {
          greeted.resolve(shakeHands(frame as GuestHello));
        } catch (error) {
          greeted.reject(error);
          give(error instanceof SallyportError ? error : new SallyportError("internal", String(error), { plugin, cause: error }));
        }
      },
      request: (call) => handlers.request(call, peer),
      event: (frame) => handlers.event(frame),
      log: (frame) => handlers.log(frame),
      bye: () => goodbye.resolve(),
      eventCredit: () => handlers.eventCredit(),
      violation(error, fatal) {
        handlers.remark(`${error.code}: ${error.message}`);
        if (fatal) give(withPlugin(error, plugin));
      },
      stuck(_call, method) {
        give(new SallyportError("stuck", `'${plugin}' did not end ${method} within ${options.graceMs} ms of its cancel, and was killed`, { plugin, method }));
      },
    },
  });

  function shakeHands(hello: GuestHello): { features: ReadonlySet<string>; limits: Limits } {
    checkHello(hello, plugin);
    const theirs = fromWireLimits(hello.limits);
    const limits = narrowLimits(request.limits, { ...theirs, inflight: theirs.inflight ?? INFLIGHT_UNSAID });
    limitsNow = limits;
    const offered = new Set(hello.features ?? []);
    const mine = request.debug ? [...FEATURES, "stack"] : FEATURES;
    const features = new Set(mine.filter((feature) => offered.has(feature)));
    const { host, grants, config } = handlers.greet(hello, limits, peer);
    peer.open({ features, credit: limits.credit, eventsOut: theirs.events ?? DEFAULT_LIMITS.events, eventsIn: limits.events });
    const answer: HostHello = {
      t: "hello", host: host.name, version: host.version, proto: "1.0", features: [...features],
      limits: toWireLimits(limits), grants, config: config ?? null, instance: request.instance,
    };
    peer.hello(answer);
    return { features, limits };
  }

  const host: HostEnd = {
    receive(frame) {
      // Who is being killed is not served: the frames of a refused plugin may be right behind its hello.
      if (killed) return;
      heard++;
      if (boundary) peer.receive(frame);
      else if (early.push(frame) > EARLY_FRAMES) give(new SallyportError("protocol_violation", `'${plugin}' sent more than ${EARLY_FRAMES} frames before the host's hello`, { plugin }));
    },
    log: (level, text) => handlers.output(level, text),
    limited: (limit, used, times) => handlers.limited(limit, used, times),
    drained: () => peer.drained(),
  };

  try {
    abort.signal.throwIfAborted();
    const open = await openAtLast(adapter, request, host, abort.signal, clock);
    boundary = open;
    const certain = (end = certainEnd(open, clock));
    assertConfined(plugin, request.sandbox, open);
    // From its first moment: a program can do harm long before it says hello.
    const seen = (watched = options.watch.add({
      plugin,
      get limits() {
        return limitsNow;
      },
      get heard() {
        return heard;
      },
      get open() {
        return peer.outgoing + peer.incoming;
      },
      get probe() {
        return pings ? () => peer.probe() : undefined;
      },
      usage: open.usage === undefined ? undefined : async () => open.usage?.(),
      tell: handlers.watched,
      ...(handlers.sampled && { sampled: handlers.sampled }),
      limited: handlers.limited,
      end: give,
    }));
    const ended = certain.exited.then((exit): Ending => {
      seen.stop();
      const error = describeEnd(plugin, request.instance, exit, killed, peer.outgoing, seen.usage);
      greeted.reject(error);
      peer.close(error);
      return { error, expected: expected && exit.error === undefined, exit };
    });
    if (abort.signal.aborted) throw killed ?? abort.signal.reason;
    for (const frame of early.splice(0)) host.receive(frame);
    const { features, limits } = await greeted.promise;
    pings = features.has("ping");
    if (features.has("init")) await peer.request("$init", null, { timeoutMs: options.startTimeoutMs }).result;
    if (killed) throw killed;

    let stopping: Promise<Ending> | undefined;
    return {
      id: request.instance,
      mode: adapter.mode,
      label: open.label,
      limits, peer, ended,
      watched: seen,
      confinement: open.confinement,
      goodbye: goodbye.promise,
      stop(why, drainMs) {
        stopping ??= (async () => {
          expected = true;
          peer.bye(why === "move" ? "reload" : why, drainMs);
          await within(ended, drainMs, clock);
          peer.close(why === "move" ? cutByMove(plugin, drainMs) : new SallyportError("cancelled", `'${plugin}' was ended (${why}) before the call was, which had ${drainMs} ms left`, { plugin }));
          open.end();
          await within(ended, END_GRACE_MS, clock);
          await certain.kill();
          return ended;
        })();
        return stopping;
      },
    };
  } catch (error) {
    // Whoever gave up first knows best: an abort makes everything after it fail in its own words.
    const exit = await end?.kill();
    watched?.stop();
    const cause = killed ?? error;
    if (exit !== undefined && cause instanceof SallyportError && cause.crash === undefined) throw withPlugin(cause, plugin, exit, { instance: request.instance });
    throw cause instanceof SallyportError ? withPlugin(cause, plugin) : new SallyportError("internal", `'${plugin}' could not be started: ${(cause as Error)?.message ?? String(cause)}`, { plugin, source: "transport", cause });
  } finally {
    timer.clear();
    options.signal.removeEventListener("abort", onAbort);
  }
}

/** The instance may have done the work or not: whether the call can be made again is for its method to say. */
function cutByMove(plugin: string, drainMs: number): SallyportError {
  return new SallyportError("unavailable", `'${plugin}' was moved to another mode while the call ran, which had ${drainMs} ms left`, { plugin, source: "transport", retryable: false, help: "Call again if the method is idempotent, or move it with a longer `drainMs`." });
}

/** An adapter that cannot keep a profile refuses it; one that forgot to is not believed. */
function assertConfined(plugin: string, choice: OpenRequest["sandbox"], { confinement }: Boundary): void {
  const profile = confinement?.profile ?? "none";
  if (choice === "auto" || choice === "none" || profile === choice || profile === "strict") return;
  throw new SallyportError("sandbox_unavailable", `'${plugin}' wants profile '${choice}', and what its mode gives is '${profile}'`, { plugin, path: "sandbox", help: "Name a mode whose profile is at least that, or leave out `sandbox`." });
}

function describeEnd(plugin: string, instance: string, exit: Exit, killed: SallyportError | undefined, inFlight: number, usage: Usage | undefined): SallyportError {
  const { error, ...facts } = exit;
  const known = { instance, inFlight, ...(usage && { usage }) };
  const crash = { ...facts, ...known };
  if (killed) return withPlugin(killed, plugin, exit, known);
  if (error) return withPlugin(fromErrorObject({ ...error, crash: { ...error.crash, ...crash } }), plugin);
  const how = exit.signal !== undefined ? `was ended by ${exit.signal}` : `ended with exit code ${exit.exitCode ?? "unknown"}`;
  return new SallyportError("plugin_crashed", `'${plugin}' ${how}${exit.oom === true ? ", probably out of memory" : ""}`, { plugin, crash, source: "transport" });
}

function withPlugin(error: SallyportError, plugin: string, exit?: Exit, known?: Crash): SallyportError {
  const { error: _error, ...facts } = exit ?? {};
  const crash = exit ? { ...facts, ...known, ...error.crash } : error.crash;
  return new SallyportError(error.code, error.message, { ...error.toJSON(), retryable: error.retryable, help: error.help, cause: error.cause, plugin: error.plugin ?? plugin, ...(crash && { crash }) });
}

/** Waits for `promise`, but no longer than `ms`. */
async function within(promise: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  let timer: PatientTimer | undefined;
  await Promise.race([promise, new Promise<void>((resolve) => (timer = patientTimeout(clock, resolve, ms)))]);
  timer?.clear();
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // The end of a boundary rejects it too, when nobody waits for a hello any more.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
