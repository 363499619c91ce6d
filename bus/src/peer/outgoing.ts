import { fromErrorObject, isSallyportError, readErrorObject, SallyportError, toErrorObject } from "../errors.js";
import { isName, type CancelReason, type CreditFrame, type DataFrame, type ErrorFrame, type ProgressFrame, type RequestFrame, type ResponseFrame, type Warning } from "../frame.js";
import { patientTimeout, type PatientTimer } from "../patience.js";
import type { CallTable } from "./call-table.js";
import type { PeerContext } from "./context.js";
import type { Slot, Timed } from "./deadlines.js";
import { createGate, type Gate } from "./gate.js";
import { createInbox, type Inbox } from "./inbox.js";
import { createProgressValve, type ProgressValve } from "./progress.js";
import type { CallSink, OpenCall, RequestOptions } from "./peer.js";

/** A call under way to the other side, from the request to its terminal frame. */
export interface Outgoing extends OpenCall {
  readonly sink: CallSink;
  /** Sends the request. Apart from creation, so that even an answer that comes at once finds the call in the table. */
  start(): void;
  terminal(frame: ResponseFrame | ErrorFrame): void;
  data(frame: DataFrame): void;
  credit(frame: CreditFrame): void;
  progress(frame: ProgressFrame): void;
  /** The connection is gone. */
  close(error: SallyportError): void;
}

/** `table`: where the call is found until its terminal frame came or the connection closed. */
export function createOutgoing(context: PeerContext, table: CallTable<Outgoing>, id: number, method: string, params: unknown, options: RequestOptions, sink: CallSink): Outgoing {
  return new OutgoingRequest(context, table, id, method, params, options, sink);
}

const NO_WARNINGS: readonly Warning[] = [];

/** Most calls are one frame each way: what only streams, cancels and parents need is made when it is needed. */
class OutgoingRequest implements Outgoing, Timed {
  readonly id: number;
  readonly method: string;
  readonly sink: CallSink;
  slot: Slot | undefined = undefined;
  earlier: Timed | undefined = undefined;
  later: Timed | undefined = undefined;
  private readonly context: PeerContext;
  private readonly table: CallTable<Outgoing>;
  private readonly params: unknown;
  private readonly options: RequestOptions;
  private settled = false;
  private gone = false;
  private cancelled = false;
  private leftMs: number | undefined = undefined;
  private failure: SallyportError | undefined = undefined;
  private warned: readonly Warning[] = NO_WARNINGS;
  private grace: PatientTimer | undefined = undefined;
  private inbox: Inbox | undefined = undefined;
  private gate: Gate | undefined = undefined;
  private valve: ProgressValve | undefined = undefined;
  private onAbort: (() => void) | undefined = undefined;
  private stopParent: (() => void) | undefined = undefined;

  constructor(context: PeerContext, table: CallTable<Outgoing>, id: number, method: string, params: unknown, options: RequestOptions, sink: CallSink) {
    this.context = context;
    this.table = table;
    this.id = id;
    this.method = method;
    this.params = params;
    this.options = options;
    this.sink = sink;
    if (options.stream === true) this.inbox = this.createInbox(context.agreed?.credit ?? 0);
    if (options.input !== undefined) this.gate = createGate(0);
  }

  get output(): AsyncIterableIterator<unknown> {
    if (this.inbox === undefined) {
      this.inbox = this.createInbox(0);
      if (this.failure !== undefined) this.inbox.fail(this.failure);
      else if (this.settled) this.inbox.end();
    }
    return this.inbox.items;
  }

  warnings(): readonly Warning[] {
    return this.warned;
  }

  cancel(why: CancelReason): void {
    this.abandon(why, () => new SallyportError(why === "deadline" ? "deadline_exceeded" : "cancelled", `${this.method} was cancelled (${why})`, { method: this.method }));
  }

  start(): void {
    const { context, options } = this;
    const leftMs = timeLeft(options);
    const refused = refusal(context, this.method, options, leftMs);
    if (refused) return this.refuse(refused);
    this.leftMs = leftMs;
    try {
      context.send(this.request(leftMs), options.transfer);
    } catch (error) {
      return this.refuse(fromErrorObject({ ...toErrorObject(error), method: this.method }));
    }
    // The wire may have answered, or died, before `send` returned: then there is nothing to watch over any more.
    if (this.settled) return;
    if (leftMs !== undefined) context.deadlines.add(this, context.now(), leftMs);
    const { signal, parent, input } = options;
    if (signal !== undefined) {
      this.onAbort = () => this.abandon("caller", () => cancelledBy(signal.reason, this.method));
      signal.addEventListener("abort", this.onAbort, { once: true });
    }
    if (parent !== undefined) this.stopParent = parent.onCancel(() => this.abandon("parent", () => parentCancelled(this.method)));
    if (this.gate !== undefined && input !== undefined) void this.pump(input, this.gate);
  }

  expire(): void {
    this.abandon("deadline", () => new SallyportError("deadline_exceeded", `${this.method} did not answer within ${Math.round(this.leftMs ?? 0)} ms`, { method: this.method }));
  }

  terminal(frame: ResponseFrame | ErrorFrame): void {
    if (frame.t === "res") {
      if (Array.isArray(frame.w)) this.warned = frame.w;
      if (this.settle()) {
        this.sink.resolve(frame.r ?? null);
        this.inbox?.end();
      }
    } else {
      const { remote } = this.context;
      this.fail(fromErrorObject({ ...readErrorObject(frame.e, { trusted: remote === "host" }), method: this.method, source: remote }), false);
    }
    this.gate?.fail(() => new SallyportError("cancelled", `${this.method} has ended`, { method: this.method }));
    this.leave();
  }

  data(frame: DataFrame): void {
    if (this.settled || this.inbox?.push(frame.d ?? null) === true) return;
    const error = this.context.overdrawn(`${this.method} sent a stream item without credit`);
    // The responder still owes a terminal frame: until it comes the id stays taken, and without it the call is stuck.
    this.abandon("caller", () => error);
  }

  credit(frame: CreditFrame): void {
    this.gate?.give(frame.n);
  }

  progress(frame: ProgressFrame): void {
    const { options } = this;
    if (this.settled || options.onProgress === undefined) return;
    this.valve ??= createProgressValve(this.context.clock, (progress) => options.onProgress?.(progress));
    this.valve.push(frame.p);
  }

  close(error: SallyportError): void {
    this.fail(error, false);
    this.leave();
  }

  private request(leftMs: number | undefined): RequestFrame {
    const { id, method, params, options } = this;
    const p = params ?? null;
    const dl = leftMs === undefined ? undefined : Math.floor(leftMs);
    if (options.stream !== true && options.parent === undefined && options.meta === undefined && this.gate === undefined && dl !== undefined) {
      return { t: "req", id, m: method, p, dl };
    }
    return {
      t: "req", id, m: method, p,
      ...(dl === undefined ? undefined : { dl }),
      ...(options.stream === true ? { cr: this.context.agreed?.credit ?? 0 } : undefined),
      ...(this.gate ? { in: true as const } : undefined),
      ...(options.parent ? { par: options.parent.id } : undefined),
      ...(options.meta ? { meta: options.meta } : undefined),
    };
  }

  private createInbox(credit: number): Inbox {
    const { context, id } = this;
    return createInbox({
      credit,
      announced: credit,
      grant: (n) => quietly(() => context.send({ t: "credit", id, n })),
      left: () => this.abandon("caller", () => new SallyportError("cancelled", `the reader of ${this.method} left`, { method: this.method })),
    });
  }

  /** `false`: it had its one answer before. */
  private settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.valve?.close(!this.cancelled);
    this.context.deadlines.remove(this);
    if (this.onAbort !== undefined) this.options.signal?.removeEventListener("abort", this.onAbort);
    this.stopParent?.();
    return true;
  }

  private fail(error: SallyportError, now: boolean): void {
    if (this.settle()) {
      this.failure = error;
      this.sink.reject(error);
      this.inbox?.fail(error, now);
    }
    this.gate?.fail(() => error);
  }

  private refuse(error: SallyportError): void {
    this.fail(error, true);
    this.leave();
  }

  private leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.grace?.clear();
    this.table.delete(this.id);
    this.sink.released();
  }

  /** The caller gets its error at once; the id stays open until the responder's terminal frame, or the grace is over. */
  private abandon(why: CancelReason, error: () => SallyportError): void {
    if (this.settled || this.cancelled) return;
    const { context, id } = this;
    this.cancelled = true;
    this.fail(error(), true);
    if (this.gone) return;
    if (context.agreed?.features.has("cancel") === true) quietly(() => context.send({ t: "cancel", id, why }));
    this.grace = patientTimeout(context.clock, () => {
      if (!this.gone) context.handlers.stuck(this, this.method);
    }, context.graceMs);
  }

  /** Sends the caller's items as there is credit. An input that fails ends the call: half of it must not pass for the whole. */
  private async pump(input: AsyncIterable<unknown> | Iterable<unknown>, gate: Gate): Promise<void> {
    const { context, id } = this;
    try {
      for await (const item of input) {
        await gate.take();
        await context.room();
        if (this.settled) return;
        context.send({ t: "data", id, d: item });
      }
      if (!this.settled) context.send({ t: "end", id });
    } catch (error) {
      if (!this.settled) this.abandon("caller", () => brokenInput(error, this.method));
    }
  }
}

/** Why a request may not be sent at all. */
function refusal(context: PeerContext, method: string, options: RequestOptions, leftMs: number | undefined): SallyportError | undefined {
  if (context.closed) return context.closed;
  if (context.agreed === undefined) return new SallyportError("failed_precondition", `${method} was called before the handshake`, { method });
  // The other side would take it for a broken wire, and end the connection.
  if (!isName(method)) return new SallyportError("invalid_argument", "a method's name has 1 to 256 characters", { path: "method", help: "Name the method that is to be called." });
  if (options.signal?.aborted === true) return cancelledBy(options.signal.reason, method);
  if (options.parent?.cancelled === true) return parentCancelled(method);
  if ((options.stream === true || options.input !== undefined) && !context.agreed.features.has("stream")) {
    return new SallyportError("failed_precondition", `${method} was called with a stream, which the other side does not offer`, { method, help: "Use a plain call, or announce the feature 'stream' in the hello." });
  }
  return leftMs !== undefined && leftMs < 1 ? new SallyportError("deadline_exceeded", `no time was left for ${method}`, { method }) : undefined;
}

/** The smaller of the call's own time and what its parent has left. */
function timeLeft(options: RequestOptions): number | undefined {
  if (options.parent === undefined) return options.timeoutMs === Infinity ? undefined : options.timeoutMs;
  const left = Math.min(options.timeoutMs ?? Infinity, options.parent.remainingMs());
  return left === Infinity ? undefined : left;
}

function parentCancelled(method: string): SallyportError {
  return new SallyportError("cancelled", `${method}: the call that it served was cancelled`, { method });
}

function cancelledBy(reason: unknown, method: string): SallyportError {
  return new SallyportError("cancelled", `${method} was cancelled by its caller`, { method, ...(reason instanceof Error && { cause: reason }) });
}

function brokenInput(error: unknown, method: string): SallyportError {
  if (isSallyportError(error)) return fromErrorObject({ ...toErrorObject(error), method });
  return new SallyportError("cancelled", `the input of ${method} failed: ${toErrorObject(error).msg}`, { method, cause: error, help: "Mend what produces the items, then call again." });
}

export function quietly(fn: () => void): void {
  try {
    fn();
  } catch {
    // A frame of control carries nothing that can be refused; a wire that is gone is reported by its owner.
  }
}
