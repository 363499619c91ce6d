import { assertValue, createDeadlines, createStream, isPattern, SallyportError, systemClock, toErrorObject, type MethodInfo } from "@sallyport/bus";
import type { CallOptions, HostMethod, Kernel, KernelOptions, PluginInfo, ProvideOptions } from "./api.js";
import { chooseAdapter } from "./choose.js";
import { createEvents } from "./events.js";
import { createHostMeter } from "./flow/host-metrics.js";
import { pluginMetrics } from "./flow/metrics.js";
import { bindHooks, tell } from "./hooks.js";
import { createHandles } from "./handles.js";
import { createInbound } from "./inbound.js";
import { pluginInfo } from "./info.js";
import type { JsonSchema, ManifestMethod, PluginSpec } from "./manifest.js";
import { isPriority, type Priority } from "./lines.js";
import { createMover } from "./move.js";
import { createPolicyMover } from "./policy/mover.js";
import { createPlugin } from "./create-plugin.js";
import type { Plugin } from "./plugin.js";
import { secretsIn } from "./redact/config-secrets.js";
import { redactedHooks } from "./redact/hooks.js";
import { createRedactor } from "./redact/redactor.js";
import { endRefused } from "./refuse.js";
import { createRegistry, type Entry } from "./registry.js";
import { SECRET_GET } from "./reserved.js";
import { createRouter, type HostProvider, type Provider } from "./route.js";
import type { Route } from "./running.js";
import { compileSchema, type Check } from "./schema.js";
import { SECRET_METHOD, secretMethod } from "./secrets/method.js";
import { createVault } from "./secrets/vault.js";
import { allowListeners } from "./listeners.js";
import { readInterfaces } from "./versions/interfaces.js";
import { createNotices } from "./versions/notices.js";
import { interfaceOf } from "./versions/reference.js";
import { readVersion, versionText, type Version } from "./versions/version.js";
import { watchSettings } from "./watch/options.js";
import { createStarts } from "./watch/starts.js";
import { createWatch } from "./watch/watch.js";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_DRAIN_MS = 2000;
const DEFAULT_START_TIMEOUT_MS = 10_000;
const DEFAULT_SECRET_GRACE_MS = 60_000;
const HOST = "host";
const NO_OPTIONS: CallOptions = {};
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** Composes registry, router, events and plugins. Knows no isolation mode but by the port it implements. */
export function createKernel(options: KernelOptions): Kernel {
  const clock = systemClock();
  const redactor = createRedactor();
  const hooks = redactedHooks(bindHooks(options.hooks), redactor);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const debug = options.debug ?? false;
  const plugins = new Map<string, Plugin>();
  const subscriptions = new Map<Plugin, (() => void)[]>();
  const loading = new Set<Promise<unknown>>();
  const leaving = new WeakMap<Plugin, Promise<void>>();
  const registry = createRegistry<Provider>(readInterfaces(options.interfaces));
  const events = createEvents();
  const deadlines = createDeadlines(clock);
  const handles = createHandles((error) => tell(hooks.log, { at: Date.now(), plugin: HOST, instance: HOST, level: "error", message: `what a handle named could not be disposed of: ${toErrorObject(error).msg}`, from: "log" }));
  handles.open(HOST);
  const vault = options.secrets && createVault({ provider: options.secrets, clock, graceMs: options.secretGraceMs ?? DEFAULT_SECRET_GRACE_MS, learned: (name, value) => redactor.add(`secret:${name}`, value) });
  const router = createRouter({
    registry, clock, deadlines, hooks, debug, handles, notices: createNotices(hooks),
    redact: redactor.error,
    checkSecret(instance, secret, generation) {
      if (vault === undefined) throw new SallyportError("failed_precondition", "this host has no secrets", { source: "host", help: "Give createKernel a provider as `secrets`." });
      // The host has no need to prove to itself what it got from where.
      if (instance !== HOST) vault.check(instance, secret, generation);
    },
  });
  const inbound = createInbound({ router, events, clock, hooks, timeoutMs });
  const meter = createHostMeter(options.loopDelay ?? false);
  const settings = watchSettings(options);
  const watch = createWatch({ clock, ...settings });
  const starts = createStarts({ clock, perSecond: settings.startsPerSecond });
  const closing = new AbortController();
  let closed: Promise<void> | undefined;
  const mover = createMover({ adapters: options.adapters, signal: closing.signal, drainMs: DEFAULT_DRAIN_MS, stands: (plugin) => plugins.get(plugin.name) === plugin && !leaving.has(plugin) });
  const policies = createPolicyMover({ adapters: options.adapters, mover, signal: closing.signal, choose: options.choose });

  function unsubscribe(plugin: Plugin): void {
    for (const stop of subscriptions.get(plugin) ?? []) stop();
    subscriptions.delete(plugin);
  }

  function register(plugin: Plugin, methods: readonly MethodInfo[]): void {
    const described = plugin.manifest?.methods;
    registry.add(methods.map((info) => entryOf(info, plugin, described?.[info.name] ?? {}, plugin.interfaces.get(interfaceOf(info.name)))));
  }

  async function load(spec: PluginSpec): Promise<PluginInfo> {
    if (closed) throw new SallyportError("failed_precondition", "the kernel is closed");
    const { adapter, source } = await chooseAdapter(spec, options.adapters, closing.signal, options.choose);
    closing.signal.throwIfAborted();
    const name = spec.name ?? source.name;
    if (!NAME.test(name) || name === "host") throw new SallyportError("invalid_argument", `'${name.slice(0, 80)}' is not a plugin name`, { path: "name", help: "Use lower-case letters, digits, _ and -, starting with a letter; 'host' is taken." });
    if (plugins.has(name)) throw new SallyportError("conflict", `a plugin '${name}' is loaded already`, { plugin: name, help: "Unload it first, or give this one another name." });
    const { manifest } = source;
    if (manifest?.config !== undefined) compileSchema(manifest.config, `config of '${name}'`, "config")(spec.config ?? {});

    const plugin = createPlugin(name, spec, adapter, source, {
      clock, hooks, debug, watch, starts,
      host: options.host ?? { name: "sallyport", version: "0.1.0" },
      graceMs: options.graceMs ?? 1000,
      drainMs: DEFAULT_DRAIN_MS,
      startTimeoutMs: spec.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
      request: inbound.request,
      event: inbound.event,
      discovered: register,
      unsuited: (who, trigger) => void policies.move(who, trigger),
      redact: redactor.error,
      opened(instance) {
        handles.open(instance);
        vault?.opened(instance);
      },
      closed(instance) {
        handles.close(instance);
        vault?.ended(instance);
      },
      subscribe(who, patterns) {
        unsubscribe(who);
        subscriptions.set(who, patterns.map((pattern) => events.subscribe(pattern, who)));
      },
    });
    for (const secret of secretsIn(spec.config)) redactor.add(`config:${name}`, secret);
    plugins.set(name, plugin);
    try {
      if (manifest?.methods) {
        register(plugin, Object.entries(manifest.methods).map(([method, facts]) => methodInfo(method, facts)));
      } else if (spec.start === "lazy") {
        throw new SallyportError("invalid_argument", `'${name}' cannot start lazily: its manifest lists no methods`, { plugin: name, path: "start", help: "List its methods in plugin.json, or leave out `start`." });
      }
      tell(hooks.lifecycle, { at: Date.now(), plugin: name, event: "loaded", reason: adapter.mode });
      if (spec.start !== "lazy") await plugin.supervisor.ready();
      return pluginInfo(plugin, registry);
    } catch (error) {
      await discard(plugin, 0);
      throw error;
    }
  }

  /** Who asks for it again while it is under way waits for the same end. */
  function discard(plugin: Plugin, drainMs: number): Promise<void> {
    const under = leaving.get(plugin) ?? end(plugin, drainMs);
    leaving.set(plugin, under);
    return under;
  }

  async function end(plugin: Plugin, drainMs: number): Promise<void> {
    registry.remove(plugin);
    unsubscribe(plugin);
    plugin.admission.flush(new SallyportError("unavailable", `'${plugin.name}' is being unloaded`, { plugin: plugin.name, retryable: false }));
    await plugin.supervisor.stop(drainMs);
    plugin.flow.close();
    plugins.delete(plugin.name);
    redactor.forget(`config:${plugin.name}`);
    tell(hooks.lifecycle, { at: Date.now(), plugin: plugin.name, event: "unloaded" });
  }

  /** One that is loaded and stays. */
  function standing(name: string): Plugin {
    const plugin = plugins.get(name);
    if (plugin === undefined || leaving.has(plugin)) throw new SallyportError("not_found", `no plugin '${name}' is loaded`, { plugin: name });
    return plugin;
  }

  async function unload(name: string, unloading: { readonly drainMs?: number } = {}): Promise<void> {
    const plugin = plugins.get(name);
    if (plugin === undefined) throw new SallyportError("not_found", `no plugin '${name}' is loaded`, { plugin: name });
    await discard(plugin, unloading.drainMs ?? DEFAULT_DRAIN_MS);
  }

  function route(method: string, params: unknown, call: CallOptions, stream: boolean): Route {
    if (call.signal !== undefined) allowListeners(call.signal);
    return {
      caller: HOST, asker: undefined, serves: undefined, instance: HOST, method, params: params ?? null, stream,
      timeoutMs: call.timeoutMs ?? timeoutMs,
      signal: call.signal, meta: call.meta, priority: priorityOf(method, call), input: call.input, transfer: call.transfer,
      onProgress: call.onProgress === undefined ? undefined : (progress) => call.onProgress?.(progress),
      warn: call.onWarning === undefined ? undefined : { warn: (warning) => call.onWarning?.(warning) },
      atLeast: undefined,
    };
  }

  if (vault) registry.add([entryOf(methodInfo(SECRET_GET, SECRET_METHOD), { kind: "host", name: "host", handler: secretMethod(vault, (name) => plugins.get(name)) }, SECRET_METHOD)]);
  return {
    load(spec) {
      const promise = load(spec);
      loading.add(promise);
      const done = (): unknown => loading.delete(promise);
      promise.then(done, done);
      return promise;
    },
    unload,
    async move(name, mode, moving = {}) {
      const plugin = standing(name);
      await mover.move(plugin, mode, moving);
      return pluginInfo(plugin, registry);
    },
    release(name) {
      const plugin = plugins.get(name);
      if (plugin === undefined) throw new SallyportError("not_found", `no plugin '${name}' is loaded`, { plugin: name });
      plugin.supervisor.release();
    },
    call: <T>(method: string, params?: unknown, call: CallOptions = NO_OPTIONS) =>
      new Promise<T>((resolve, reject) => router.begin(route(method, params, call, false), { resolve: resolve as (value: unknown) => void, reject })),
    stream: <T>(method: string, params?: unknown, call: CallOptions = NO_OPTIONS) =>
      createStream<T>((sink) => router.begin(route(method, params, call, true), sink)),
    provide(method: string, handler: HostMethod, provided: ProvideOptions = {}) {
      const provider: HostProvider = { kind: "host", name: "host", handler };
      const version = provided.version === undefined ? undefined : readVersion(provided.version);
      if (provided.version !== undefined && version === undefined) throw new SallyportError("invalid_argument", `${method}: version is a semantic version such as 1.2.0, got ${JSON.stringify(provided.version)}`, { method, path: "version" });
      registry.add([entryOf(methodInfo(method, provided), provider, provided, version)]);
      return () => registry.remove(provider, method);
    },
    publish(topic, payload) {
      assertValue(payload ?? null, "payload");
      return events.publish(topic, payload ?? null, "host");
    },
    subscribe(pattern, handler) {
      if (!isPattern(pattern)) throw new SallyportError("invalid_argument", `'${pattern}' is not a topic pattern`, { path: "pattern", help: "`*` stands for one segment, a final `**` for the rest." });
      return events.subscribe(pattern, {
        name: "host-subscriber",
        deliver({ m: topic, p: payload }) {
          try {
            handler(payload, topic);
          } catch (error) {
            // One subscriber's failure must reach neither the publisher nor the other subscribers.
            tell(hooks.log, { at: Date.now(), plugin: "host", instance: "host", level: "error", message: `a subscriber of ${topic} threw: ${toErrorObject(error).msg}`, from: "log" });
          }
          return true;
        },
      });
    },
    grant(name, grants) {
      const plugin = standing(name);
      plugin.grant(grants);
      return pluginInfo(plugin, registry);
    },
    revoke(name, grants) {
      const plugin = standing(name);
      plugin.revoke(grants);
      endRefused(plugins.values(), plugin);
      for (const instance of plugin.peers.keys()) vault?.review(instance, (secret) => plugin.grants.allows("secret", secret));
      return pluginInfo(plugin, registry);
    },
    list: () => [...plugins.values()].map((plugin) => pluginInfo(plugin, registry)),
    api: () => [...registry.all()]
      .sort((a, b) => Number(b.provider.kind === "host") - Number(a.provider.kind === "host") || a.info.name.localeCompare(b.info.name))
      .map(({ info, provider, version, description, schemas: { params, result } }) => ({
        ...info, provider: provider.name, ...(version && { version: versionText(version) }), ...(description !== undefined && { description }), ...(params !== undefined && { params }), ...(result !== undefined && { result }),
      })),
    metrics: async () => ({ at: Date.now(), host: meter.read(), plugins: [...plugins.values()].map((plugin) => pluginMetrics(plugin, pluginInfo(plugin, registry))) }),
    close(closingOptions = {}) {
      closed ??= (async () => {
        closing.abort(new SallyportError("cancelled", "the kernel is closing"));
        // A load that is under way finds the kernel closed, or is unloaded with the rest.
        await Promise.allSettled([...plugins.values()].map((plugin) => discard(plugin, closingOptions.drainMs ?? DEFAULT_DRAIN_MS)));
        await Promise.allSettled(loading.values());
        await Promise.allSettled([...plugins.values()].map((plugin) => discard(plugin, 0)));
        await Promise.allSettled(options.adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
        deadlines.close();
        meter.close();
        vault?.close();
        handles.close(HOST);
      })();
      return closed;
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

function priorityOf(method: string, { priority }: CallOptions): Priority | undefined {
  if (priority === undefined || isPriority(priority)) return priority;
  throw new SallyportError("invalid_argument", `${method}: priority is 'high', 'normal' or 'low'`, { method, path: "priority" });
}

/** The facts of a method, as a hello would announce them, from a manifest or from `provide`. */
function methodInfo(name: string, { stream, idempotent, timeoutMs }: Pick<ManifestMethod, "stream" | "idempotent" | "timeoutMs">): MethodInfo {
  return { name, ...(stream && { stream }), ...(idempotent !== undefined && { idempotent }), ...(timeoutMs !== undefined && { timeout: timeoutMs }) };
}

/** A row of the registry, its schemas compiled. Throws `invalid_argument` for a schema that is refused. */
function entryOf(info: MethodInfo, provider: Provider, { description, params, result, item }: Pick<ManifestMethod, "description" | "params" | "result" | "item">, version?: Version): Entry<Provider> {
  const compile = (schema: JsonSchema | undefined, root: string): Check | undefined => (schema === undefined ? undefined : compileSchema(schema, `${root} of ${info.name}`, root));
  return {
    info, provider, description, version,
    schemas: { params, result },
    checks: { params: compile(params, "params"), result: compile(result, "result"), item: compile(item, "item") },
  };
}
