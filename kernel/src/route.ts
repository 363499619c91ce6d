import { fromErrorObject, isSallyportError, MAX_LIMITS, SallyportError, toErrorObject, type Clock, type Peer } from "@sallyport/bus";
import type { HostMethod } from "./api.js";
import type { Crossing, Hooks } from "./crossing.js";
import { withDeadline } from "./deadline.js";
import { runHostMethod } from "./host-method.js";
import { traceparent } from "./ids.js";
import { tell } from "./hooks.js";
import type { Plugin, Serving } from "./plugin.js";
import type { Entry, Registry } from "./registry.js";
import { cancelledError, lateError, type Route, type Running } from "./running.js";

export interface HostProvider { readonly kind: "host"; readonly name: "host"; readonly handler: HostMethod }
export type Provider = Plugin | HostProvider;

/** Finds the provider, checks the params, gets a place and makes the call. */
export interface Router {
  /** Rejects for what went wrong before the provider had the call; later failures are in `result`. */
  begin(route: Route): Promise<Running>;
}

export interface RouterOptions {
  readonly registry: Registry<Provider>;
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly debug: boolean;
}

/** Codes after which nobody knows whether the plugin did its work: retryable only where doing it twice does no harm. */
const UNKNOWN_OUTCOME: ReadonlySet<string> = new Set(["plugin_crashed", "stuck", "deadline_exceeded"]);

export function createRouter(options: RouterOptions): Router {
  const { registry, clock, hooks } = options;

  async function beginInPlugin(entry: Entry<Provider>, plugin: Plugin, asked: Route): Promise<Running> {
    const { method } = asked;
    const timeoutMs = Math.min(asked.timeoutMs, plugin.limits.deadlineMs, entry.info.timeout ?? Infinity);
    const meta = hooks.crossing && asked.meta?.traceparent === undefined ? { ...asked.meta, traceparent: traceparent() } : asked.meta;
    const route = { ...asked, timeoutMs, meta };
    const arrived = clock.now();
    const at = Date.now();
    let admitted = arrived;
    let items = 0;
    let badItem: unknown;
    const record = (outcome: string, instance: string): void => {
      plugin.stats.calls++;
      if (outcome !== "ok") plugin.stats.errors++;
      if (hooks.crossing === undefined) return;
      const crossing: Crossing = {
        at, kind: "call", direction: "in", plugin: plugin.name, instance, mode: plugin.adapter.mode, name: method, caller: route.caller, outcome,
        durationMs: clock.now() - arrived, queuedMs: admitted - arrived,
        ...(route.stream && { items }), ...(meta?.traceparent !== undefined && { traceparent: meta.traceparent }),
      };
      tell(hooks.crossing, crossing);
    };

    try {
      const waiting = plugin.admission.enter({ caller: route.caller, method, timeoutMs, signal: route.signal });
      if (waiting) await waiting;
    } catch (error) {
      record(codeOf(error), "");
      throw error;
    }
    admitted = clock.now();
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      const servedMs = clock.now() - admitted;
      plugin.stats.busyMs += servedMs;
      plugin.admission.leave(servedMs);
      plugin.supervisor.touch();
    };
    const describe = (error: unknown): SallyportError => describeFailure(error, entry, plugin, options.debug);

    try {
      let instance = plugin.supervisor.current;
      // One that came up may be gone again before this call has its turn; after a goodbye no request may be sent.
      while (instance === undefined || instance !== plugin.supervisor.current) {
        instance = await withDeadline(plugin.supervisor.ready(), {
          ms: arrived + timeoutMs - clock.now(), clock, signal: route.signal,
          late: () => lateError(method, timeoutMs), cancelled: () => cancelledError(method),
        });
      }
      const { peer, id: instanceId } = instance;
      const serving: Serving = { deadline: arrived + timeoutMs, over: false, children: new Set() };
      const call = peer.request(method, route.params, {
        timeoutMs: arrived + timeoutMs - clock.now(),
        stream: route.stream,
        ...(route.signal && { signal: route.signal }),
        ...(route.input !== undefined && { input: route.input }),
        ...(meta && { meta }),
        ...(route.onProgress && { onProgress: route.onProgress.bind(route) }),
      });
      const open = servingOf(plugin, peer);
      open.set(call.id, serving);
      const result = call.result.then(
        (value) => {
          checked(entry.checks.result, value, entry, plugin);
          record("ok", instanceId);
          return value;
        },
      ).catch((error: unknown) => {
        const described = describe(badItem ?? error);
        record(described.code, instanceId);
        throw described;
      }).finally(() => {
        // What it asked others to do for it has lost its reason.
        serving.over = true;
        for (const cancel of serving.children) cancel("parent");
      });
      result.catch(() => undefined);
      void call.released.then(() => {
        open.delete(call.id);
        leave();
      });
      async function* output(): AsyncGenerator<unknown, void, void> {
        try {
          for await (const item of call.output) {
            try {
              checked(entry.checks.item, item, entry, plugin);
            } catch (error) {
              // Leaving the loop cancels the call; what it failed for is this.
              badItem = error;
              throw error;
            }
            items++;
            yield item;
          }
        } catch (error) {
          call.cancel("caller");
          throw describe(error);
        }
      }
      return { result, output: output(), cancel: (why) => call.cancel(why) };
    } catch (error) {
      leave();
      const described = describe(error);
      record(described.code, "");
      throw described;
    }
  }

  return {
    async begin(route) {
      const entry = registry.get(route.method);
      if (entry === undefined) {
        throw new SallyportError("unimplemented", `nothing provides ${route.method}`, { method: route.method, source: "host" });
      }
      if (route.signal?.aborted === true) throw cancelledError(route.method);
      try {
        entry.checks.params?.(route.params ?? null);
      } catch (error) {
        throw fromErrorObject({ ...toErrorObject(error), method: route.method, msg: `${route.method}: ${(error as Error).message}` });
      }
      const { provider } = entry;
      if (provider.kind === "plugin") return beginInPlugin(entry, provider, route);
      return runHostMethod(entry, provider.handler, { ...route, timeoutMs: Math.min(route.timeoutMs, entry.info.timeout ?? Infinity, MAX_LIMITS.deadlineMs) }, clock);
    },
  };
}

export function servingOf(plugin: Plugin, peer: Peer): Map<number, Serving> {
  let open = plugin.serving.get(peer);
  if (open === undefined) plugin.serving.set(peer, (open = new Map()));
  return open;
}

function codeOf(error: unknown): string {
  return isSallyportError(error) ? error.code : "internal";
}

/** A plugin's own answer that breaks its own schema is the plugin's fault, not the caller's. */
function checked(check: ((value: unknown) => void) | undefined, value: unknown, entry: Entry<Provider>, plugin: Plugin): void {
  try {
    check?.(value);
  } catch (error) {
    throw new SallyportError("internal", `'${plugin.name}' answered ${entry.info.name} with what its manifest does not allow: ${(error as Error).message}`, {
      source: "host", path: (error as SallyportError).path ?? "result", help: "Report it to the plugin's author, or mend the schema in its manifest.",
    });
  }
}

function describeFailure(error: unknown, entry: Entry<Provider>, plugin: Plugin, debug: boolean): SallyportError {
  const { stack, ...object } = toErrorObject(error, { stack: debug });
  const method = entry.info.name;
  const retryable = UNKNOWN_OUTCOME.has(object.code) ? entry.info.idempotent === true : object.retryable;
  const described = fromErrorObject({ ...object, plugin: plugin.name, method, ...(retryable !== undefined && { retryable }), ...(debug && object.source === "plugin" && stack !== undefined && { stack }) });
  const crash = described.crash;
  return crash === undefined || crash.restarts !== undefined ? described : fromErrorObject({ ...described.toJSON(), retryable: described.retryable, crash: { ...crash, restarts: plugin.supervisor.restarts } });
}
