import type { CancelSignal, HostHello, IncomingCall, Meta, Peer, Progress, RequestOptions } from "@sallyport/bus";
import type { Context, ContextCallOptions } from "./definition.js";
import { follow, nothing, shield } from "./iterate.js";
import { createLog } from "./log.js";

/** What all contexts of an instance share: settled by the host's hello. */
export interface Session {
  readonly args: readonly string[];
  readonly config: unknown;
  readonly grants: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly instance: string;
}

export function sessionOf(hello: HostHello, args: readonly string[]): Session {
  return Object.freeze({
    args: Object.freeze([...args]),
    config: deepFreeze(hello.config ?? null),
    grants: Object.freeze([...hello.grants]),
    limits: Object.freeze({ ...hello.limits }) as Readonly<Record<string, number>>,
    instance: hello.instance,
  });
}

/** What a context stands for: a call, or (without one) an event, the start or the stop. */
export interface Occasion {
  readonly call?: IncomingCall;
  readonly signal: CancelSignal;
  readonly meta: Meta;
}

/**
 * The context of one occasion. Its functions need no `this`, so that authors can take them apart; `log` and
 * `input` are made when first read, since most calls use neither.
 */
export function createContext(peer: Peer, session: Session, occasion: Occasion): Context<never> {
  const { call, signal, meta } = occasion;
  let log: Context["log"] | undefined;
  let input: ReturnType<typeof shield> | undefined;
  const request = (method: string, params: unknown, options: ContextCallOptions | undefined, stream: boolean) =>
    peer.request(method, params === undefined ? null : params, requestOptions(options, stream, call, meta));

  const context: Context = {
    config: session.config,
    args: session.args,
    grants: session.grants,
    limits: session.limits,
    instance: session.instance,
    signal,
    meta,
    get input() {
      input ??= shield(call?.input ?? nothing());
      return input as unknown as AsyncIterable<unknown>;
    },
    get log() {
      log ??= createLog((level, message, fields) => peer.log(level, message, fields, call?.id));
      return log;
    },
    remainingMs: () => call?.remainingMs() ?? Infinity,
    call: <T>(method: string, params?: unknown, options?: ContextCallOptions) => request(method, params, options, false).result as Promise<T>,
    stream: <T>(method: string, params?: unknown, options?: ContextCallOptions) =>
      shield(follow(() => request(method, params, options, true))) as unknown as AsyncGenerator<T, unknown, void>,
    publish: (topic, payload) => peer.publish(topic, payload === undefined ? null : payload, meta),
    progress: (done, total, note) => call?.progress(progressOf(done, total, note)),
    warn: (warning) => call?.warn(warning),
  };
  for (const fn of [context.remainingMs, context.call, context.stream, context.publish, context.progress, context.warn]) Object.freeze(fn);
  return Object.freeze(context) as Context<never>;
}

function requestOptions(options: ContextCallOptions | undefined, stream: boolean, parent: IncomingCall | undefined, meta: Meta): RequestOptions {
  return {
    stream,
    meta,
    ...(parent && { parent }),
    ...(options?.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    ...(options?.signal && { signal: options.signal }),
    ...(options?.input && { input: options.input }),
    // Called on the author's own object: as a method of this one it would be handed the parent call.
    ...(options?.onProgress && { onProgress: options.onProgress.bind(options) }),
  };
}

function progressOf(done: number | Progress, total: number | undefined, note: string | undefined): Progress {
  if (typeof done !== "number") return done;
  return { done, ...(total !== undefined && { total }), ...(note !== undefined && { note }) };
}

function deepFreeze<T>(value: T): T {
  // Typed arrays cannot be frozen; the config is a copy, or in mode inline trusted code's own.
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}
