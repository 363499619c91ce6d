import {
  createPeer, DEFAULT_LIMITS, fromWireLimits, isSallyportError, isThenable, MAX_LIMITS, plainController, SallyportError,
  type CancelController, type Clock, type ErrorObject, type EventFrame, type Frame, type HelloFrame, type HostHello, type IncomingCall, type LogLevel,
} from "@sallyport/bus";
import { contextOf, contextOfCall, sessionOf, type Session } from "./context.js";
import type { Context, PluginDefinition } from "./definition.js";
import { createHearers } from "./hearers.js";
import { EVENTS_AHEAD, handlerOf, helloOf } from "./hello.js";
import { isAsyncIterator, pump } from "./iterate.js";

export interface RuntimeOptions {
  readonly name: string;
  readonly version: string;
  /** The config's `args`, for `context.args`. */
  readonly args?: readonly string[];
  /** Puts one frame on the wire; `false`: stop until `drained()`. May throw `bad_value` or `frame_too_large`. */
  send(frame: Frame): boolean;
  readonly clock?: Clock;
  /** Makes the signals that handlers see; default: the engine's AbortController. */
  readonly controller?: () => CancelController;
  /**
   * Offer stacks in errors: sent if the host takes the feature. `always`: sent in any case, for an adapter that
   * turns them into positions and takes them out.
   */
  readonly stack?: boolean | "always";
  /** Calls the host may have open at once. Default: as many as the host allows. */
  readonly maxInflight?: number;
  /** Of `stream cancel ping log progress events hostcall` those that the definition makes use of. Default: all. */
  readonly features?: readonly string[];
  /** What to report for a thrown value; a hardened guest adds stacks and hints here. */
  readonly explain?: (thrown: unknown) => unknown;
}

/** Why a runtime ended. */
export interface RuntimeEnd {
  readonly reason: "bye" | "closed" | "violation";
  readonly error?: SallyportError;
}

export interface PluginRuntime {
  /** Takes one frame of the host, checked by `readFrame`. */
  receive(frame: Frame): void;
  /** The wire takes frames again. */
  drained(): void;
  /** Logs for the plugin as a whole; kept until the handshake is over, the first 100. */
  log(level: LogLevel, message: string): void;
  /** The connection is gone: calls are cancelled, `stop` is not called. */
  close(): void;
  /** Settles once: after a goodbye, calls in flight and `stop`, or after `close`. Never rejects. */
  readonly done: Promise<RuntimeEnd>;
}

const EARLY_LOGS = 100;

/** Binds a definition to a wire: the guest's side of the protocol, the same in every mode. Sends the hello at once. */
export function runPlugin(definition: PluginDefinition<never>, options: RuntimeOptions): PluginRuntime {
  const explain = options.explain ?? ((thrown) => thrown);
  const life = (options.controller ?? plainController)();
  const handlers = new Map(Object.entries(definition.methods ?? {}).map(([name, method]) => [name, handlerOf(method)]));
  const hearers = createHearers(definition.events ?? {});
  const early: [LogLevel, string][] = [];
  const offersStack = options.stack !== undefined && options.stack !== false;
  let sendsStack = options.stack === "always";
  let session: Session | undefined;
  /** Event handlers at work; the peer counts the calls. */
  let handling = 0;
  let leaving = false;
  let ended = false;
  let settle: (end: RuntimeEnd) => void;
  const done = new Promise<RuntimeEnd>((resolve) => (settle = resolve));

  const peer = createPeer({
    role: "guest",
    send,
    ...(options.clock && { clock: options.clock }),
    ...(options.controller && { controller: options.controller }),
    stack: offersStack,
    handlers: {
      hello: greet,
      request: serve,
      event: hear,
      log() {},
      bye: leave,
      violation(error, fatal) {
        if (fatal) end({ reason: "violation", error });
      },
      stuck() {},
    },
  });
  const hello = helloOf(definition, {
    name: options.name, version: options.version, inflight: options.maxInflight ?? MAX_LIMITS.inflight, stack: offersStack, features: options.features,
  });
  peer.hello(hello);
  return { receive: (frame) => peer.receive(frame), drained: () => peer.drained(), log, close: () => end({ reason: "closed" }), done };

  function send(frame: Frame): boolean {
    if (ended) return true;
    // After the answer is on its way and its call is closed: a goodbye must not overtake it.
    if (leaving && (frame.t === "res" || frame.t === "err")) void Promise.resolve().then(leaveIfIdle);
    try {
      return options.send(frame.t === "err" && !sendsStack ? { ...frame, e: withoutStack(frame.e) } : frame);
    } catch (thrown) {
      // A result that cannot be sent is followed by the error that says so.
      throw frame.t === "res" ? thrown : sendable(thrown);
    }
  }

  function greet(frame: HelloFrame): void {
    if (!("instance" in frame)) return end({ reason: "violation", error: new SallyportError("protocol_violation", "the host's hello has no 'instance'") });
    const limits = fromWireLimits(frame.limits);
    const offered = new Set(hello.features);
    session = sessionOf(frame satisfies HostHello, options.args ?? []);
    if (offersStack && frame.features.includes("stack")) sendsStack = true;
    peer.open({
      features: new Set(frame.features.filter((feature) => offered.has(feature))),
      credit: limits.credit ?? DEFAULT_LIMITS.credit,
      eventsOut: limits.events ?? DEFAULT_LIMITS.events,
      eventsIn: EVENTS_AHEAD,
    });
    for (const [level, message] of early.splice(0)) peer.log(level, message);
  }

  /** What it returns is the answer; of a handler that does not wait, at once. */
  function serve(call: IncomingCall): unknown {
    try {
      const result = invoke(call);
      return isThenable(result) ? Promise.resolve(result).then(undefined, rethrow) : result;
    } catch (thrown) {
      return rethrow(thrown);
    }
  }

  function rethrow(thrown: unknown): never {
    throw explain(thrown);
  }

  function invoke(call: IncomingCall): unknown {
    // Nobody's call, and so for as long as the plugin lives: the host cancels what is made for one that was answered.
    if (call.method === "$init") return Promise.resolve(definition.start?.(contextOf(peer, established(), { signal: life.signal, meta: call.meta }) as Context<never>)).then(() => null);
    const context = contextOfCall(peer, established(), call) as Context<never>;
    const handler = handlers.get(call.method);
    if (handler === undefined) throw new SallyportError("unimplemented", `the plugin '${options.name}' has no method '${call.method}'`);
    const result = handler(call.params as never, context);
    return isAsyncIterator(result) ? pump(result, call.streaming ? (item) => call.write(item) : undefined) : result;
  }

  // The promise holds back event credit, so that a slow handler is not sent more than it agreed to.
  function hear(frame: EventFrame): Promise<unknown> | undefined {
    let slow: Promise<unknown>[] | undefined;
    for (const handler of hearers(frame.m)) {
      try {
        const heard = handler(frame.p as never, contextOf(peer, established(), { signal: life.signal, meta: frame.meta ?? {} }) as Context<never>);
        if (isThenable(heard)) (slow ??= []).push(finished(frame.m, heard));
      } catch (thrown) {
        failed(frame.m, thrown);
      }
    }
    return slow && Promise.all(slow);
  }

  async function finished(topic: string, heard: PromiseLike<unknown>): Promise<void> {
    handling++;
    try {
      await heard;
    } catch (thrown) {
      failed(topic, thrown);
    }
    handling--;
    leaveIfIdle();
  }

  // Nobody waits for a handler, so its failure goes to the log.
  function failed(topic: string, thrown: unknown): void {
    log("error", `the handler of event '${topic}' failed: ${messageOf(explain(thrown))}`);
  }

  function leave(): void {
    leaving = true;
    leaveIfIdle();
  }

  function leaveIfIdle(): void {
    if (!leaving || handling > 0 || peer.incoming > 0 || ended) return;
    leaving = false;
    const stop = definition.stop?.bind(definition);
    if (stop === undefined || session === undefined) return end({ reason: "bye" });
    void Promise.resolve()
      .then(() => stop(contextOf(peer, established(), { signal: life.signal, meta: {} }) as Context<never>))
      .catch((thrown: unknown) => log("error", `stop failed: ${messageOf(explain(thrown))}`))
      .then(() => end({ reason: "bye" }));
  }

  function end(how: RuntimeEnd): void {
    if (ended) return;
    const error = how.error ?? new SallyportError("cancelled", "the connection to the host ended");
    peer.close(error);
    ended = true;
    life.abort(error);
    settle(how);
  }

  function established(): Session {
    if (session === undefined) throw new SallyportError("failed_precondition", "the host has not sent its hello yet");
    return session;
  }

  function log(level: LogLevel, message: string): void {
    if (ended) return;
    if (session !== undefined) peer.log(level, message);
    else if (early.length < EARLY_LOGS) early.push([level, message]);
  }
}

// The codes that an encoder throws are the host's to report; a plugin says them in words that it may use.
function sendable(thrown: unknown): unknown {
  if (!isSallyportError(thrown)) return thrown;
  if (thrown.code === "frame_too_large" || thrown.code === "frame_too_complex") return new SallyportError("resource_exhausted", thrown.message, { help: thrown.help });
  if (thrown.code !== "bad_value") return thrown;
  return new SallyportError("internal", `the plugin sent a value that cannot cross: ${thrown.message}`, {
    help: thrown.help, ...(thrown.path !== undefined && { path: thrown.path }),
  });
}

function withoutStack(error: ErrorObject): ErrorObject {
  const { stack: _stack, cause, ...rest } = error;
  return { ...rest, ...(cause && { cause: withoutStack(cause) }) };
}

function messageOf(thrown: unknown): string {
  const from = thrown as { readonly message?: unknown; readonly msg?: unknown } | null | undefined;
  return String(from?.message ?? from?.msg ?? thrown);
}
