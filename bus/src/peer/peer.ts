import type { Clock } from "../clock.js";
import type { SallyportError } from "../errors.js";
import type { ByeFrame, CancelReason, EventFrame, Frame, HelloFrame, LogFrame, LogLevel, Meta, Progress, Warning } from "../frame.js";
import type { CancelController, CancelSignal } from "../signal.js";

/** One end of a connection. Host and guest run the same machine; only ids and hello differ. */
export interface Peer {
  /** Takes one frame from the wire. Never throws: what is wrong goes to `handlers.violation`. */
  receive(frame: Frame): void;
  /** Sends this side's hello. The guest does so at once, the host in answer. */
  hello(frame: HelloFrame): void;
  /** Calls a method of the other side. Every request ends in exactly one result or error. */
  request(method: string, params: unknown, options?: RequestOptions): OutgoingCall;
  /** As `request`, for who wants to be told instead of promised. A request that cannot be sent is refused before this returns. */
  begin(method: string, params: unknown, options: RequestOptions, sink: CallSink): OpenCall;
  /** Sends an event if there is credit; `false`: none is left, or the wire is full, and nothing was sent. May throw what `send` throws; that costs no credit. */
  publish(topic: string, payload: unknown, meta?: Meta): boolean;
  /** As `publish`, for an event that is sent to several. */
  emit(event: EventFrame): boolean;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>, id?: number): void;
  /** Resolves when the other side answers; rejects `stuck` after `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
  /** As `ping`, for who listens for any frame at all: nothing waits for the answer. */
  probe(): void;
  bye(why: ByeFrame["why"], ms?: number): void;
  /** The wire takes frames again after `send` returned `false`. */
  drained(): void;
  /** The connection is gone: every open outgoing call fails with `error`, every incoming one is cancelled. */
  close(error: SallyportError): void;
  /** Tells the machine what the handshake settled; before this only hello frames are taken. */
  open(agreed: Agreed): void;
  /** The sink of an outgoing call that is still open. */
  opened(id: number): CallSink | undefined;
  /** Calls that the other side made and that are open; a copy. */
  accepted(): readonly IncomingCall[];
  readonly outgoing: number;
  readonly incoming: number;
}

/** What both hellos together settled. */
export interface Agreed {
  readonly features: ReadonlySet<string>;
  /** Items of credit this side gives for each stream that it receives. */
  readonly credit: number;
  /** Events that this side may send before the other gives more. */
  readonly eventsOut: number;
  /** Events that the other side may send before this one gives more. */
  readonly eventsIn: number;
}

export interface RequestOptions {
  /** Time the call may take, ms. Without it the call has no deadline of its own: hosts always set one. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
  /** Take a stream of output items. */
  readonly stream?: boolean;
  /** Items to send along. */
  readonly input?: AsyncIterable<unknown> | Iterable<unknown> | undefined;
  /** The incoming call that this one serves: its deadline and cancellation bound this one. */
  readonly parent?: IncomingCall | undefined;
  readonly meta?: Meta | undefined;
  /** The buffer of `params`, which are bytes, is the other side's from now on: a transport may move it instead of copying. */
  readonly transfer?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** A call under way to the other side. */
export interface OpenCall {
  readonly id: number;
  /** Items as they come; credit is given as they are taken. Ends when the result is there; throws its error. */
  readonly output: AsyncIterableIterator<unknown>;
  warnings(): readonly Warning[];
  cancel(why: CancelReason): void;
}

/** Who is told how a call went: one of `resolve` and `reject`, once, and `released`, once. None of them may throw. */
export interface CallSink {
  resolve(value: unknown): void;
  reject(error: SallyportError): void;
  /** The other side sent its terminal frame or the connection closed: its place is free again. After a cancel this comes later than the error. */
  released(): void;
}

export interface OutgoingCall extends OpenCall {
  /** The result, or a SallyportError. */
  readonly result: Promise<unknown>;
  /** Settles as `CallSink.released` is called. */
  readonly released: Promise<void>;
}

/** A call that the other side made. Exactly one terminal frame answers it, sent when the handler settles. */
export interface IncomingCall {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly meta: Meta;
  /** Id, on this connection, of the outgoing call that this one serves, as the other side claims. */
  readonly parent: number | undefined;
  /** The caller takes a stream. */
  readonly streaming: boolean;
  /** The caller sends a stream. */
  readonly feeding: boolean;
  /** Cancelled by the caller, its deadline, or the end of the connection; the reason is a SallyportError. */
  readonly signal: CancelSignal;
  /** Whether it was cancelled; cheaper to ask than the signal. */
  readonly cancelled: boolean;
  /** Why it was cancelled or refused. */
  readonly reason: SallyportError | undefined;
  /** Cancels it and answers with `error` at once, whatever its handler does. */
  refuse(error: SallyportError): void;
  /** Runs `fn` when the call is cancelled; at once if it is. Returns the way to stop listening. */
  onCancel(fn: () => void): () => void;
  /** ms left until the caller's deadline; `Infinity` without one. */
  remainingMs(): number;
  /** Sends one output item: `undefined` if there was credit for it, otherwise a promise that resolves when it went out. Rejects once the call is cancelled. */
  write(item: unknown): Promise<void> | undefined;
  /** Items the caller sends along; empty if it sends none. Credit is given from the first `next()` on. */
  readonly input: AsyncIterableIterator<unknown>;
  progress(progress: Progress): void;
  warn(warning: Warning): void;
}

export interface PeerHandlers {
  hello(frame: HelloFrame): void;
  /** Its settled value becomes the terminal frame. */
  request(call: IncomingCall): unknown;
  /** Credit for the next event is given back when what it returns has settled. */
  event(frame: EventFrame): unknown;
  log(frame: LogFrame): void;
  bye(frame: ByeFrame): void;
  /**
   * The other side broke the protocol. `fatal`: the connection cannot go on and its owner must end it.
   * The first credit violation of a connection is not fatal, it fails the call.
   */
  violation(error: SallyportError, fatal: boolean): void;
  /** A call's time was over or its caller gave up, `cancel` was sent, and no terminal frame came within the grace. */
  stuck(call: OpenCall, method: string): void;
  /** Event credit came back; queued events can go. */
  eventCredit?(): void;
}

export interface PeerOptions {
  readonly role: "host" | "guest";
  /** Puts one frame on the wire; `false`: stop sending streams and events until `drained()`. May throw `bad_value`. `given`: the buffer of its payload may be taken away. */
  send(frame: Frame, given?: boolean): boolean;
  readonly handlers: PeerHandlers;
  readonly clock?: Clock;
  /** Makes the signals of incoming calls; the engine's AbortController unless a guest needs its own. */
  readonly controller?: () => CancelController;
  /** Wait after `cancel` before a call counts as stuck, ms. Default 1000. */
  readonly graceMs?: number;
  /** Send stacks in errors (feature `stack`). */
  readonly stack?: boolean;
}
