import { plainController, type CallSink, type CancelController, type CancelReason, type Clock, type OpenCall, type SallyportError } from "@sallyport/bus";
import type { Hooks } from "./crossing.js";
import { withDeadline } from "./deadline.js";
import { checkAnswer, codeOf, describeFailure } from "./failure.js";
import { tell } from "./hooks.js";
import { traceparent } from "./ids.js";
import type { Instance } from "./instance.js";
import type { Priority } from "./lines.js";
import { originOf } from "./origin.js";
import { createOutputReader, type OutputReader } from "./output-reader.js";
import type { Plugin } from "./plugin.js";
import type { Entry } from "./registry.js";
import { cancelledError, lateError, type Route, type RouteSink, type Running } from "./running.js";
import type { Serving } from "./serving.js";

export interface PluginCallOptions {
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly debug: boolean;
  /** The error without secrets. */
  redact(error: SallyportError): SallyportError;
}

/** Makes a call in a plugin: a place, a live instance, the request, and the record of the crossing. */
export function callPlugin(entry: Entry<unknown>, plugin: Plugin, route: Route, sink: RouteSink, options: PluginCallOptions): Running {
  const refused = streams(route) ? plugin.flow.openStream(route.method) : undefined;
  if (refused !== undefined) throw refused;
  const call = new PluginCall(entry, plugin, route, sink, options);
  call.begin();
  return call;
}

/** Whether items flow, in either direction. */
function streams(route: Route): boolean {
  return route.stream || route.input !== undefined;
}

/** The call that a plugin serves, by the sink that its connection keeps for it. */
export function servingOf(sink: CallSink | undefined): Serving | undefined {
  return sink instanceof PluginCall ? sink : undefined;
}

/** One object is the kernel's whole account of a call: what its peer tells, what its caller holds, what its children are bound by. */
class PluginCall implements CallSink, Running, Serving {
  readonly deadline: number;
  over = false;
  private readonly entry: Entry<unknown>;
  private readonly plugin: Plugin;
  readonly route: Route;
  private readonly sink: RouteSink;
  private readonly options: PluginCallOptions;
  private readonly arrivedMs: number;
  private admittedMs: number;
  private entered = false;
  private instance: Instance | undefined = undefined;
  private call: OpenCall | undefined = undefined;
  private children: Set<(why: CancelReason) => void> | undefined = undefined;
  /** Ends the wait for a place or an instance. */
  private stop: CancelController | undefined = undefined;
  private failure: SallyportError | undefined = undefined;
  private reader: OutputReader | undefined = undefined;

  constructor(entry: Entry<unknown>, plugin: Plugin, route: Route, sink: RouteSink, options: PluginCallOptions) {
    this.entry = entry;
    this.plugin = plugin;
    this.route = route;
    this.sink = sink;
    this.options = options;
    route.timeoutMs = Math.min(route.timeoutMs, plugin.limits.deadlineMs, entry.info.timeout ?? Infinity);
    if (options.hooks.crossing !== undefined && route.meta?.traceparent === undefined) route.meta = { ...route.meta, traceparent: traceparent() };
    this.arrivedMs = this.options.clock.turnNow();
    this.admittedMs = this.arrivedMs;
    this.deadline = this.arrivedMs + route.timeoutMs;
  }

  begin(): void {
    const { admission, supervisor } = this.plugin;
    if (!admission.tryEnter()) return void this.wait();
    this.entered = true;
    const instance = supervisor.current;
    if (instance !== undefined) this.send(instance);
    else void this.wait();
  }

  get priority(): Priority | undefined {
    return this.route.priority;
  }

  get tenant(): string | undefined {
    return this.route.meta?.tenant;
  }

  get output(): AsyncIterableIterator<unknown> {
    this.reader ??= createOutputReader(this, this.entry, this.plugin);
    if (this.call !== undefined) this.reader.open(this.call.output);
    else if (this.failure !== undefined) this.reader.fail(this.failure);
    return this.reader;
  }

  cancel(why: CancelReason): void {
    if (this.call !== undefined) this.call.cancel(why);
    else (this.stop ??= plainController()).abort(cancelledError(this.route.method));
  }

  addChild(cancel: (why: CancelReason) => void): () => void {
    const children = (this.children ??= new Set());
    children.add(cancel);
    return () => children.delete(cancel);
  }

  resolve(value: unknown): void {
    if (this.entry.checks.result !== undefined) {
      try {
        checkAnswer(this.entry.checks.result, value, this.entry, this.plugin);
      } catch (error) {
        return this.reject(error as SallyportError);
      }
    }
    this.end();
    if (this.route.warn !== undefined && this.route.asker === undefined) this.passWarnings();
    if (!this.route.stream) this.record();
    this.sink.resolve(value);
  }

  /** The host hears what a plugin warns of; plugins hear each other's results. */
  private passWarnings(): void {
    for (const { code, msg, path } of this.call?.warnings() ?? []) {
      if (typeof code === "string" && typeof msg === "string") this.route.warn?.warn({ code, msg, ...(typeof path === "string" && { path }) });
    }
  }

  reject(error: SallyportError): void {
    this.fail(this.describe(this.reader?.badItem ?? error, true));
  }

  released(): void {
    this.leave();
  }

  describe(error: unknown, sent: boolean): SallyportError {
    return this.options.redact(describeFailure(error, this.entry, this.plugin, { debug: this.options.debug, sent }));
  }

  get error(): SallyportError | undefined {
    return this.failure;
  }

  /** A stream has crossed when its last item was taken, which may be after its result came; any other call when it ended. */
  record(): void {
    const { plugin, route, options: { hooks, clock } } = this;
    plugin.stats.calls++;
    if (this.failure !== undefined) plugin.stats.errors++;
    if (hooks.crossing === undefined) return;
    const durationMs = clock.now() - this.arrivedMs;
    tell(hooks.crossing, {
      at: Date.now() - durationMs, kind: "call", direction: "in", plugin: plugin.name, instance: this.instance?.id ?? "", mode: this.instance?.mode ?? plugin.adapter.mode, name: route.method, caller: route.caller, origin: originOf(route),
      outcome: this.failure === undefined ? "ok" : codeOf(this.failure),
      durationMs, queuedMs: this.admittedMs - this.arrivedMs,
      ...(this.reader && { items: this.reader.items }), ...(route.meta?.traceparent !== undefined && { traceparent: route.meta.traceparent }),
    });
  }

  /** There was no place, or no live instance. One that came up may be gone again before this call has its turn; after a goodbye no request may be sent. */
  private async wait(): Promise<void> {
    const { plugin, route: { caller, method, signal, timeoutMs }, options: { clock } } = this;
    const stop = (this.stop ??= plainController());
    const onAbort = (): void => stop.abort(cancelledError(method));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (!this.entered) {
        await plugin.admission.enter({ caller, tenant: this.tenant, priority: this.priority, method, timeoutMs, signal: stop.signal });
        this.entered = true;
        this.admittedMs = this.options.clock.turnNow();
      }
      let instance = plugin.supervisor.current;
      while (instance === undefined || instance !== plugin.supervisor.current) {
        instance = await withDeadline(plugin.supervisor.ready(), {
          ms: this.deadline - clock.now(), clock, signal: stop.signal,
          late: () => lateError(method, timeoutMs), cancelled: () => cancelledError(method),
        });
      }
      stop.signal.throwIfAborted();
      this.send(instance);
    } catch (error) {
      if (this.entered) this.leave();
      else this.closeStream();
      this.fail(this.describe(error, false));
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  private send(instance: Instance): void {
    const { route } = this;
    this.instance = instance;
    route.timeoutMs = this.deadline - this.options.clock.turnNow();
    this.call = instance.peer.begin(this.entry.info.name, route.params, route, this);
    this.reader?.open(this.call.output);
  }

  private fail(error: SallyportError): void {
    this.failure = error;
    this.plugin.flow.failed(error.code);
    this.end();
    if (!this.route.stream || this.call === undefined) this.record();
    this.sink.reject(error);
    if (this.call === undefined) this.reader?.fail(error);
  }

  /** What it asked others to do for it has lost its reason. */
  private end(): void {
    this.over = true;
    const { flow, triggers } = this.plugin;
    const ms = this.options.clock.turnNow() - this.arrivedMs;
    flow.latency.record(ms);
    if (triggers !== undefined) triggers.ended(this.entry.info.name, ms);
    if (this.children !== undefined) for (const cancel of this.children) cancel("parent");
  }

  private leave(): void {
    const { plugin } = this;
    const servedMs = this.options.clock.turnNow() - this.admittedMs;
    plugin.stats.busyMs += servedMs;
    plugin.admission.leave(servedMs);
    plugin.supervisor.touch();
    this.closeStream();
  }

  private closeStream(): void {
    if (streams(this.route)) this.plugin.flow.closeStream();
  }
}
