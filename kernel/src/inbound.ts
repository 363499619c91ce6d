import { isSallyportError, isTopic, SallyportError, type CancelReason, type Clock, type EventFrame, type IncomingCall, type Peer } from "@sallyport/bus";
import type { Crossing, Hooks } from "./crossing.js";
import { withDeadline } from "./deadline.js";
import type { Events } from "./events.js";
import { tell } from "./hooks.js";
import type { Plugin } from "./plugin.js";
import type { Router } from "./route.js";
import { cancelledError, lateError, type Running } from "./running.js";
import { metaFrom, servingOf } from "./serving.js";

/** What plugins send: calls to the host or to each other, and events. Everything here is checked against grants first. */
export interface Inbound {
  request(plugin: Plugin, peer: Peer, call: IncomingCall): Promise<unknown>;
  event(plugin: Plugin, instance: string, frame: EventFrame): void;
}

export interface InboundOptions {
  readonly router: Router;
  readonly events: Events;
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly timeoutMs: number;
}

export function createInbound(options: InboundOptions): Inbound {
  const { router, events, clock, hooks } = options;

  function record(plugin: Plugin, kind: Crossing["kind"], name: string, outcome: string, since?: number, trace?: string): void {
    if (hooks.crossing === undefined) return;
    tell(hooks.crossing, {
      at: Date.now(), kind, direction: "out", plugin: plugin.name, instance: plugin.supervisor.current?.id ?? "", mode: plugin.adapter.mode, name, caller: plugin.name, outcome,
      ...(since !== undefined && { durationMs: clock.now() - since }), ...(trace !== undefined && { traceparent: trace }),
    });
  }

  async function forward(plugin: Plugin, peer: Peer, call: IncomingCall): Promise<unknown> {
    const { method } = call;
    // Denied before it is looked up: who may not call learns nothing of what exists.
    if (!isTopic(method) || !plugin.grants.allows("call", method)) throw plugin.deny("call", method);
    if (peer.incoming > plugin.limits.outgoing) {
      throw new SallyportError("busy", `'${plugin.name}' has ${plugin.limits.outgoing} calls to others open`, { plugin: plugin.name, method, retryAfterMs: 10, help: "Wait for some of them, or raise `limits.outgoing`." });
    }
    const open = servingOf(plugin.serving, peer);
    const parent = call.parent === undefined ? undefined : open.get(call.parent);
    const timeoutMs = Math.min(options.timeoutMs, plugin.limits.deadlineMs, call.remainingMs(), parent === undefined ? Infinity : parent.deadline - clock.now());
    if (timeoutMs < 1) throw new SallyportError("deadline_exceeded", `no time was left for ${method}`, { method });
    if (parent?.over === true) throw cancelledError(method);
    const until = clock.now() + timeoutMs;
    const stop = new AbortController();
    call.signal.addEventListener("abort", () => stop.abort(), { once: true });
    let running: Running | undefined;
    // Its parent may end while this call still waits for a place: then it is never made.
    const parentEnded = (why: CancelReason): void => (running ? running.cancel(why) : stop.abort());
    parent?.children.add(parentEnded);
    try {
      running = await router.begin({
        caller: plugin.name, method, params: call.params, timeoutMs, signal: stop.signal,
        meta: metaFrom(call.meta, parent),
        stream: call.streaming,
        input: call.feeding ? call.input : undefined,
        onProgress: (progress) => call.progress(progress),
      });
      if (!call.streaming) return await running.result;
      // A caller that takes no items holds up the stream, not the end of its call.
      return await withDeadline(passOn(running, call), { ms: until - clock.now(), clock, signal: undefined, late: () => lateError(method, timeoutMs), cancelled: () => cancelledError(method) });
    } catch (error) {
      running?.cancel("caller");
      throw error;
    } finally {
      parent?.children.delete(parentEnded);
    }
  }

  return {
    async request(plugin, peer, call) {
      const since = clock.now();
      try {
        const result = await forward(plugin, peer, call);
        record(plugin, "call", call.method, "ok", since, call.meta.traceparent);
        return result;
      } catch (error) {
        record(plugin, "call", call.method, isSallyportError(error) ? error.code : "internal", since, call.meta.traceparent);
        throw redact(error);
      }
    },
    event(plugin, instance, frame) {
      const topic = frame.m;
      const outcome = isTopic(topic) && plugin.grants.allows("publish", topic) ? "ok" : "permission_denied";
      record(plugin, "event", topic, outcome, undefined, frame.meta?.traceparent);
      if (outcome === "ok") events.publish(topic, frame.p, plugin.name, frame.meta && metaFrom(frame.meta, undefined));
      else {
        const denied = plugin.deny("publish", topic.slice(0, 256));
        tell(hooks.log, { at: Date.now(), plugin: plugin.name, instance, level: "warn", message: denied.message, from: "output" });
      }
    },
  };
}

async function passOn(running: Running, call: IncomingCall): Promise<unknown> {
  for await (const item of running.output) await call.write(item);
  return running.result;
}

/** Their texts quote what a plugin printed or sent, or name files of the host. */
const TELLTALE: ReadonlySet<string> = new Set(["spawn_failed", "bad_handshake", "version_mismatch", "manifest_mismatch", "protocol_violation"]);

/** What a plugin may learn of another one's failure: no crash report, no output, no source position, no cause. */
function redact(error: unknown): SallyportError {
  if (!isSallyportError(error)) return new SallyportError("internal", "the call failed in the host", { source: "host" });
  if (error.source === "transport" || TELLTALE.has(error.code)) {
    const { code, method, retryable } = error;
    return new SallyportError(code, `${method ?? "the call"} failed: its provider could not be started or has ended`, { retryable, help: "The host's log has the reason.", ...(method !== undefined && { method }) });
  }
  const { code, message, retryable, help, retryAfterMs, data, path, method } = error;
  return new SallyportError(code, message, {
    retryable, help,
    ...(retryAfterMs !== undefined && { retryAfterMs }), ...(data !== undefined && { data }), ...(path !== undefined && { path }), ...(method !== undefined && { method }),
  });
}
