import type { Clock, SallyportError } from "@sallyport/bus";
import type { Hooks } from "./crossing.js";
import { withDeadline } from "./deadline.js";
import { checkAnswer, codeOf, describeFailure } from "./failure.js";
import { tell } from "./hooks.js";
import { traceparent } from "./ids.js";
import type { Instance } from "./instance.js";
import type { Plugin } from "./plugin.js";
import type { Entry } from "./registry.js";
import { cancelledError, lateError, type Route, type Running } from "./running.js";
import { servingOf, type Serving } from "./serving.js";

export interface PluginCallOptions {
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly debug: boolean;
}

/** Makes a call in a plugin: a place, a live instance, the request, and the record of the crossing. */
export async function callPlugin(entry: Entry<unknown>, plugin: Plugin, asked: Route, options: PluginCallOptions): Promise<Running> {
  const { clock, hooks, debug } = options;
  const { method } = asked;
  const timeoutMs = Math.min(asked.timeoutMs, plugin.limits.deadlineMs, entry.info.timeout ?? Infinity);
  const meta = hooks.crossing && asked.meta?.traceparent === undefined ? { ...asked.meta, traceparent: traceparent() } : asked.meta;
  const route: Route = { ...asked, timeoutMs, meta };
  const arrived = clock.now();
  const deadline = arrived + timeoutMs;
  const at = Date.now();
  let admitted = arrived;
  let items = 0;
  const record = (outcome: string, instance = ""): void => {
    plugin.stats.calls++;
    if (outcome !== "ok") plugin.stats.errors++;
    if (hooks.crossing === undefined) return;
    tell(hooks.crossing, {
      at, kind: "call", direction: "in", plugin: plugin.name, instance, mode: plugin.adapter.mode, name: method, caller: route.caller, outcome,
      durationMs: clock.now() - arrived, queuedMs: admitted - arrived,
      ...(route.stream && { items }), ...(meta?.traceparent !== undefined && { traceparent: meta.traceparent }),
    });
  };
  const leave = once(() => {
    const servedMs = clock.now() - admitted;
    plugin.stats.busyMs += servedMs;
    plugin.admission.leave(servedMs);
    plugin.supervisor.touch();
  });

  let entered = false;
  try {
    await plugin.admission.enter({ caller: route.caller, method, timeoutMs, signal: route.signal });
    entered = true;
    admitted = clock.now();
    const instance = await liveInstance(plugin, route, deadline, clock);
    const { peer, id } = instance;
    const call = peer.request(method, route.params, {
      timeoutMs: deadline - clock.now(),
      stream: route.stream,
      ...(route.signal && { signal: route.signal }),
      ...(route.input !== undefined && { input: route.input }),
      ...(meta && { meta }),
      ...(route.onProgress && { onProgress: route.onProgress.bind(route) }),
    });
    const serving: Serving = { deadline, tenant: meta?.tenant, over: false, children: new Set() };
    const open = servingOf(plugin.serving, peer);
    open.set(call.id, serving);
    void call.released.then(() => {
      open.delete(call.id);
      leave();
    });

    let badItem: { error: unknown } | undefined;
    const result = call.result.then((value) => {
      checkAnswer(entry.checks.result, value, entry, plugin);
      return value;
    }).catch((error: unknown): never => {
      throw describeFailure(badItem ? badItem.error : error, entry, plugin, { debug, sent: true });
    }).finally(() => {
      // What it asked others to do for it has lost its reason.
      serving.over = true;
      for (const cancel of serving.children) cancel("parent");
    });
    // The reader of a stream asks for the result last; until then nobody holds this promise.
    result.catch(() => undefined);
    const recordEnd = (): void => void result.then(() => record("ok", id), (error: SallyportError) => record(error.code, id));
    // A stream has crossed when its last item was taken, which may be after its result came.
    if (!route.stream) recordEnd();

    async function* output(): AsyncGenerator<unknown, void, void> {
      try {
        for await (const item of call.output) {
          try {
            checkAnswer(entry.checks.item, item, entry, plugin);
          } catch (error) {
            // Leaving the loop cancels the call; what it failed for is this.
            badItem = { error };
            throw error;
          }
          items++;
          yield item;
        }
      } catch (error) {
        throw describeFailure(error, entry, plugin, { debug, sent: true });
      } finally {
        recordEnd();
      }
    }
    return { result, output: output(), cancel: (why) => call.cancel(why) };
  } catch (error) {
    if (entered) leave();
    const described = describeFailure(error, entry, plugin, { debug, sent: false });
    record(codeOf(described));
    throw described;
  }
}

/** One that came up may be gone again before this call has its turn; after a goodbye no request may be sent. */
async function liveInstance(plugin: Plugin, { method, timeoutMs, signal }: Route, deadline: number, clock: Clock): Promise<Instance> {
  let instance = plugin.supervisor.current;
  while (instance === undefined || instance !== plugin.supervisor.current) {
    instance = await withDeadline(plugin.supervisor.ready(), {
      ms: deadline - clock.now(), clock, signal,
      late: () => lateError(method, timeoutMs), cancelled: () => cancelledError(method),
    });
  }
  return instance;
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    fn();
  };
}
