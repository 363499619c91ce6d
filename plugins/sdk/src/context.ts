import type { CancelSignal, HostHello, IncomingCall, Meta, Peer, Progress, RequestOptions } from "@sallyport/bus";
import { createStream } from "@sallyport/bus";
import type { Context, ContextCallOptions, Log, Secret } from "./definition.js";
import { nothing, shield } from "./iterate.js";
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

/** What a context without a call stands for: an event, the start or the stop. */
export interface Occasion {
  readonly signal: CancelSignal;
  readonly meta: Meta;
}

export function contextOfCall(peer: Peer, session: Session, call: IncomingCall): Context {
  return new OccasionContext(peer, session, call, call);
}

export function contextOf(peer: Peer, session: Session, occasion: Occasion): Context {
  return new OccasionContext(peer, session, occasion, undefined);
}

/**
 * The context of one occasion. Whatever most calls do not use is made when it is first read. Its functions need no
 * `this`, so that authors can take them apart. Nothing of the host's can be reached through it: what it stands on
 * is in private fields, and the prototype that contexts share is frozen and names no constructor.
 */
class OccasionContext implements Context {
  readonly #peer: Peer;
  readonly #session: Session;
  readonly #occasion: Occasion;
  readonly #call: IncomingCall | undefined;
  #log: Log | undefined;
  #input: AsyncIterable<unknown> | undefined;

  constructor(peer: Peer, session: Session, occasion: Occasion, call: IncomingCall | undefined) {
    this.#peer = peer;
    this.#session = session;
    this.#occasion = occasion;
    this.#call = call;
    Object.freeze(this);
  }

  get config(): unknown {
    return this.#session.config;
  }
  get args(): readonly string[] {
    return this.#session.args;
  }
  get grants(): readonly string[] {
    return this.#session.grants;
  }
  get limits(): Readonly<Record<string, number>> {
    return this.#session.limits;
  }
  get instance(): string {
    return this.#session.instance;
  }
  get signal(): CancelSignal {
    return this.#occasion.signal;
  }
  get meta(): Meta {
    return this.#occasion.meta;
  }
  get input(): AsyncIterable<unknown> {
    return (this.#input ??= shield(this.#call?.input ?? nothing()) as unknown as AsyncIterable<unknown>);
  }
  get log(): Log {
    return (this.#log ??= createLog((level, message, fields) => this.#peer.log(level, message, fields, this.#call?.id)));
  }
  get remainingMs(): Context["remainingMs"] {
    return Object.freeze(() => this.#call?.remainingMs() ?? Infinity);
  }
  get call(): Context["call"] {
    return Object.freeze(<T>(method: string, params?: unknown, options?: ContextCallOptions) =>
      this.#peer.request(method, params, this.#options(options, false)).result as Promise<T>);
  }
  get stream(): Context["stream"] {
    return Object.freeze(<T>(method: string, params?: unknown, options?: ContextCallOptions) => {
      const items = createStream((sink) => this.#peer.begin(method, params, this.#options(options, true), { resolve: sink.resolve, reject: sink.reject, released() {} }));
      return shield(items) as unknown as AsyncGenerator<T, unknown, void>;
    });
  }
  get secret(): Context["secret"] {
    return Object.freeze((name) => this.#peer.request("secret.get", { name }, this.#options(undefined, false)).result as Promise<Secret>);
  }
  get publish(): Context["publish"] {
    return Object.freeze((topic, payload) => this.#peer.publish(topic, payload === undefined ? null : payload, this.#occasion.meta));
  }
  get progress(): Context["progress"] {
    return Object.freeze((done, total, note) => this.#call?.progress(progressOf(done, total, note)));
  }
  get warn(): Context["warn"] {
    return Object.freeze((warning) => this.#call?.warn(warning));
  }

  #options(options: ContextCallOptions | undefined, stream: boolean): RequestOptions {
    const meta = this.#occasion.meta;
    return {
      stream,
      meta: isEmpty(meta) ? undefined : meta,
      parent: this.#call,
      timeoutMs: options?.timeoutMs,
      signal: options?.signal,
      input: options?.input,
      // Called on the author's own object: as a method of this one it would be handed the parent call.
      onProgress: options?.onProgress?.bind(options),
    };
  }
}

seal(OccasionContext.prototype);

/** No plugin may leave anything on what all instances of a thread share. */
function seal(prototype: object): void {
  delete (prototype as { constructor?: unknown }).constructor;
  for (const { get } of Object.values(Object.getOwnPropertyDescriptors(prototype))) if (get !== undefined) Object.freeze(get);
  Object.freeze(prototype);
}

function isEmpty(meta: Meta): boolean {
  for (const _key in meta) return false;
  return true;
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
