import { isSallyportError, isTopic, SallyportError, type Clock, type EventFrame, type IncomingCall, type Peer } from "@sallyport/bus";
import type { Crossing, Hooks } from "./crossing.js";
import { withDeadline } from "./deadline.js";
import type { Events } from "./events.js";
import { codeOf } from "./failure.js";
import { tell } from "./hooks.js";
import { originOf } from "./origin.js";
import type { Plugin } from "./plugin.js";
import { parentOf, refusal } from "./refuse.js";
import { RESERVED } from "./reserved.js";
import type { Router } from "./route.js";
import { cancelledError, lateError, type RouteSink, type Running } from "./running.js";
import { metaFrom, type Serving } from "./serving.js";

/** What plugins send: calls to the host or to each other, and events. Everything here is checked against grants first. */
export interface Inbound {
  request(plugin: Plugin, peer: Peer, call: IncomingCall, instance: string): Promise<unknown>;
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

  function record(plugin: Plugin, instance: string, kind: Crossing["kind"], name: string, outcome: string, since?: number, trace?: string, parent?: Serving): void {
    if (hooks.crossing === undefined) return;
    tell(hooks.crossing, {
      at: Date.now(), kind, direction: "out", plugin: plugin.name, instance, mode: plugin.modeOf(instance), name, caller: plugin.name, origin: originOf({ asker: plugin, serves: parent?.route }), outcome,
      ...(since !== undefined && { durationMs: clock.now() - since }), ...(trace !== undefined && { traceparent: trace }),
    });
  }

  /** Throws what keeps it from being looked at any further. Every frame is counted here first, a refused one too. */
  function admit(plugin: Plugin, peer: Peer, method: string, call: IncomingCall, parent: Serving | undefined): void {
    const waitMs = plugin.flow.send();
    if (waitMs > 0) throw plugin.flow.tooSoon(method, waitMs);
    // Work that goes on after the answer is nobody's any more; taken for the plugin's own it would be a way around the chain.
    if (call.parent !== undefined && peer.opened(call.parent) === undefined) throw cancelledError(method);
    const refused = refusal(plugin, parent?.route, method, call.params);
    if (refused !== undefined) throw refused;
    if (peer.incoming > plugin.limits.outgoing) {
      plugin.flow.limit("outgoing", peer.incoming);
      throw new SallyportError("busy", `'${plugin.name}' has ${plugin.limits.outgoing} calls to others open`, { plugin: plugin.name, method, retryAfterMs: 10, help: "Wait for some of them, or raise `limits.outgoing`." });
    }
    const full = streams(call) ? plugin.flow.openStream(method) : undefined;
    if (full !== undefined) throw full;
  }

  /** Throws what keeps it from being made; a call that is made ends in `sink`. */
  function forward(plugin: Plugin, method: string, call: IncomingCall, parent: Serving | undefined, instance: string, sink: RouteSink): Running {
    const timeoutMs = Math.min(options.timeoutMs, plugin.limits.deadlineMs, call.remainingMs(), parent === undefined ? Infinity : parent.deadline - clock.now());
    if (timeoutMs < 1) throw new SallyportError("deadline_exceeded", `no time was left for ${method}`, { method });
    if (parent?.over === true || call.cancelled) throw cancelledError(method);

    let over = false;
    let forgetParent: (() => void) | undefined;
    let forgetCaller: (() => void) | undefined;
    const end = (): void => {
      over = true;
      forgetParent?.();
      forgetCaller?.();
    };
    const running = router.begin({
      caller: plugin.name, asker: plugin, serves: parent?.route, instance, method, params: call.params, timeoutMs, signal: undefined,
      meta: metaFrom(call.meta, parent),
      priority: parent?.priority,
      // They came over a boundary: nobody else has them.
      transfer: true,
      stream: call.streaming,
      input: call.feeding ? call.input : undefined,
      onProgress: (progress) => call.progress(progress),
      warn: call,
      atLeast: plugin.meaning?.atLeast(call.method),
    }, {
      resolve(value) {
        end();
        sink.resolve(value);
      },
      reject(error) {
        end();
        sink.reject(error);
      },
    });
    if (!over) {
      forgetParent = parent?.addChild((why) => running.cancel(why));
      forgetCaller = call.onCancel(() => running.cancel("caller"));
    }
    return running;
  }

  /** A caller that takes no items holds up the stream, not the end of its call. */
  async function passOn(plugin: Plugin, method: string, call: IncomingCall, parent: Serving | undefined, instance: string): Promise<unknown> {
    let settle!: RouteSink;
    const result = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }));
    result.catch(() => undefined);
    const ms = Math.min(options.timeoutMs, plugin.limits.deadlineMs, call.remainingMs());
    const running = forward(plugin, method, call, parent, instance, settle);
    const all = async (): Promise<unknown> => {
      for await (const item of running.output) await call.write(item);
      return result;
    };
    try {
      return await withDeadline(all(), { ms, clock, signal: undefined, late: () => lateError(call.method, ms), cancelled: () => cancelledError(call.method) });
    } catch (error) {
      running.cancel("caller");
      throw error;
    }
  }

  return {
    request(plugin, peer, call, instance) {
      const since = clock.now();
      const parent = parentOf(peer, call);
      const method = plugin.meaning?.reference(call.method) ?? call.method;
      const done = (outcome: string): void => record(plugin, instance, "call", call.method, outcome, since, call.meta.traceparent, parent);
      try {
        admit(plugin, peer, method, call, parent);
      } catch (error) {
        if (plugin.flow.recordsRefusal()) done(codeOf(error));
        throw redact(error);
      }
      const answer = call.streaming
        ? passOn(plugin, method, call, parent, instance)
        : new Promise<unknown>((resolve, reject) => forward(plugin, method, call, parent, instance, { resolve, reject }));
      return answer.then(
        (value) => {
          if (streams(call)) plugin.flow.closeStream();
          done("ok");
          return value;
        },
        (error: unknown) => {
          if (streams(call)) plugin.flow.closeStream();
          // A call that was refused while it ran has had its answer; what its provider made of the cancel is no news.
          const why = call.reason?.code === "permission_denied" ? call.reason : error;
          done(codeOf(why));
          throw redact(why);
        },
      );
    },
    event(plugin, instance, frame) {
      const topic = frame.m;
      if (plugin.flow.send() > 0) {
        plugin.flow.counts.dropped++;
        return;
      }
      const outcome = isTopic(topic) && !topic.startsWith(RESERVED) && plugin.grants.allows("publish", topic) ? "ok" : "permission_denied";
      if (outcome === "ok" || plugin.flow.recordsRefusal()) record(plugin, instance, "event", topic, outcome, undefined, frame.meta?.traceparent);
      if (outcome === "ok") events.publish(topic, frame.p, plugin.name, frame.meta && metaFrom(frame.meta, undefined));
      else {
        const denied = plugin.deny("publish", topic.slice(0, 256));
        if (plugin.flow.keepsLine()) tell(hooks.log, { at: Date.now(), plugin: plugin.name, instance, level: "warn", message: denied.message, from: "output" });
      }
    },
  };
}

function streams(call: IncomingCall): boolean {
  return call.streaming || call.feeding;
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
