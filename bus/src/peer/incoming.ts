import { SallyportError, toErrorObject, type ErrorObject } from "../errors.js";
import type { CancelFrame, CreditFrame, DataFrame, Frame, Meta, Progress, RequestFrame, Warning } from "../frame.js";
import type { CancelController, CancelSignal } from "../signal.js";
import { isThenable } from "../thenable.js";
import type { CallTable } from "./call-table.js";
import type { PeerContext } from "./context.js";
import { createGate, type Gate } from "./gate.js";
import { createInbox, type Inbox } from "./inbox.js";
import { quietly } from "./outgoing.js";
import type { IncomingCall } from "./peer.js";

/** A call that the other side made, until this side's terminal frame. */
export interface Incoming extends IncomingCall {
  run(): void;
  data(frame: DataFrame): void;
  end(): void;
  credit(frame: CreditFrame): void;
  cancel(why: CancelFrame["why"] | "closed", error?: SallyportError): void;
}

export function acceptIncoming(context: PeerContext, frame: RequestFrame, table: CallTable<Incoming>): Incoming {
  return new IncomingRequest(context, frame, table);
}

const NO_META: Meta = Object.freeze({});

/** Most handlers use neither signal nor stream: each is made when it is first asked for. */
class IncomingRequest implements Incoming {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  private readonly context: PeerContext;
  private readonly frame: RequestFrame;
  private readonly table: CallTable<Incoming>;
  private readonly deadline: number;
  reason: SallyportError | undefined = undefined;
  private answered = false;
  private controller: CancelController | undefined = undefined;
  private listeners: Set<() => void> | undefined = undefined;
  private gate: Gate | undefined = undefined;
  private inbox: Inbox | undefined = undefined;
  private warnings: Warning[] | undefined = undefined;
  /** Items that wait for credit or room: those written after them go behind them, even if there is credit by then. */
  private waiting = 0;

  constructor(context: PeerContext, frame: RequestFrame, table: CallTable<Incoming>) {
    this.context = context;
    this.frame = frame;
    this.table = table;
    this.id = frame.id;
    this.method = frame.m;
    this.params = frame.p ?? null;
    this.deadline = frame.dl === undefined ? Infinity : context.now() + frame.dl;
    if (frame.cr !== undefined) this.gate = createGate(frame.cr);
    if (frame.in === true) this.inbox = this.createInbox();
  }

  get meta(): Meta {
    return this.frame.meta ?? NO_META;
  }
  get parent(): number | undefined {
    return this.frame.par;
  }
  get streaming(): boolean {
    return this.gate !== undefined;
  }
  get feeding(): boolean {
    return this.frame.in === true;
  }
  get cancelled(): boolean {
    return this.reason !== undefined;
  }

  get signal(): CancelSignal {
    if (this.controller === undefined) {
      this.controller = this.context.controller();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  get input(): AsyncIterableIterator<unknown> {
    if (this.inbox === undefined) {
      this.inbox = this.createInbox();
      this.inbox.end();
    }
    return this.inbox.items;
  }

  remainingMs(): number {
    return Math.max(0, this.deadline - this.context.clock.now());
  }

  write(item: unknown): Promise<void> | undefined {
    const { gate } = this;
    if (gate === undefined) {
      return Promise.reject(new SallyportError("failed_precondition", `${this.method} streams its result, and its caller takes no stream`, { method: this.method, help: "Call it with kernel.stream, or `sallyport call --stream`." }));
    }
    if (this.waiting > 0 || this.context.room() !== undefined || !gate.tryTake()) return this.writeLater(item, gate);
    try {
      this.sendItem(item, gate);
      return undefined;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  progress(progress: Progress): void {
    const { context, id } = this;
    if (!this.answered && context.agreed?.features.has("progress") === true) quietly(() => context.send({ t: "prog", id, p: progress }));
  }

  warn(warning: Warning): void {
    (this.warnings ??= []).push(warning);
  }

  run(): void {
    try {
      const outcome = this.context.handlers.request(this);
      if (isThenable(outcome)) Promise.resolve(outcome).then((value) => this.succeed(value), (error: unknown) => this.fail(error));
      else this.succeed(outcome);
    } catch (error) {
      this.fail(error);
    }
  }

  data(frame: DataFrame): void {
    if (this.inbox?.push(frame.d ?? null) === false) this.inbox.fail(this.context.overdrawn(`the caller of ${this.method} sent a stream item without credit`), true);
  }

  end(): void {
    this.inbox?.end();
  }

  credit(frame: CreditFrame): void {
    this.gate?.give(frame.n);
  }

  cancel(why: CancelFrame["why"] | "closed", error?: SallyportError): void {
    if (this.reason !== undefined || this.answered) return;
    const reason = error ?? new SallyportError(why === "deadline" ? "deadline_exceeded" : "cancelled", `${this.method} was cancelled (${why})`, { method: this.method });
    this.reason = reason;
    this.controller?.abort(reason);
    this.gate?.fail(() => reason);
    this.inbox?.fail(reason, true);
    if (this.listeners !== undefined) for (const listener of [...this.listeners]) listener();
  }

  refuse(error: SallyportError): void {
    if (this.answered) return;
    // A call that was cancelled before still waits for its handler: this is the reason that counts.
    if (this.reason === undefined) this.cancel("caller", error);
    else this.reason = error;
    this.fail(error);
  }

  onCancel(fn: () => void): () => void {
    if (this.reason !== undefined) fn();
    else (this.listeners ??= new Set()).add(fn);
    return () => this.listeners?.delete(fn);
  }

  private createInbox(): Inbox {
    const { context, id } = this;
    return createInbox({ credit: context.agreed?.credit ?? 1, announced: 0, grant: (n) => quietly(() => context.send({ t: "credit", id, n })) });
  }

  private async writeLater(item: unknown, gate: Gate): Promise<void> {
    this.waiting++;
    try {
      await gate.take();
      await this.context.room();
    } finally {
      this.waiting--;
    }
    this.sendItem(item, gate);
  }

  private sendItem(item: unknown, gate: Gate): void {
    if (this.answered) throw this.over();
    if (this.reason !== undefined) throw this.reason;
    try {
      this.context.send({ t: "data", id: this.id, d: item });
    } catch (error) {
      gate.give(1);
      throw error;
    }
  }

  private succeed(value: unknown): void {
    const r = value ?? null;
    this.answer(this.warnings === undefined ? { t: "res", id: this.id, r } : { t: "res", id: this.id, r, w: this.warnings });
  }

  private fail(error: unknown): void {
    this.answer({ t: "err", id: this.id, e: readable(error, this.context.stack) });
  }

  private answer(terminal: Frame): void {
    if (this.answered) return;
    const { context, id, method } = this;
    try {
      context.send(terminal);
    } catch (error) {
      // The result cannot cross: the caller is told why, or at least that, and still gets exactly one answer.
      const reason = uncrossable(method, error);
      try {
        context.send({ t: "err", id, e: reason });
      } catch {
        quietly(() => context.send({ t: "err", id, e: { code: reason.code, msg: "the result cannot cross the boundary" } }));
      }
    }
    this.answered = true;
    this.inbox?.end();
    this.gate?.fail(() => this.over());
    this.table.delete(id);
  }

  private over(): SallyportError {
    return new SallyportError("failed_precondition", `${this.method} has already been answered`, { method: this.method });
  }
}

/** A handler may throw what itself throws when it is read (a getter, a Proxy): the call is answered all the same. */
function readable(error: unknown, stack: boolean): ErrorObject {
  try {
    return toErrorObject(error, { stack });
  } catch {
    return { code: "internal", msg: "what was thrown cannot be read" };
  }
}

/** `bad_value`, `frame_too_large` and `frame_too_complex` are the host's words; a guest reports the same in codes that it may use. */
function uncrossable(method: string, error: unknown): ErrorObject {
  const { code, msg, help, path } = toErrorObject(error);
  return {
    code: code === "frame_too_large" || code === "frame_too_complex" ? "resource_exhausted" : "internal",
    msg: `the result of ${method} cannot cross the boundary: ${msg}`,
    ...(help !== undefined && { help }),
    ...(path !== undefined && { path }),
  };
}
