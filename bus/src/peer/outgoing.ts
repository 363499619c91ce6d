import { fromErrorObject, isSallyportError, readErrorObject, SallyportError, toErrorObject } from "../errors.js";
import type { CancelReason, CreditFrame, DataFrame, ErrorFrame, ProgressFrame, ResponseFrame, Warning } from "../frame.js";
import type { PeerContext } from "./context.js";
import { createGate, type Gate } from "./gate.js";
import { createInbox, type Inbox } from "./inbox.js";
import { createProgressValve } from "./progress.js";
import type { OutgoingCall, RequestOptions } from "./peer.js";

/** A call under way to the other side, from the request to its terminal frame. */
export interface Outgoing {
  readonly call: OutgoingCall;
  /** Sends the request. Apart from creation, so that even an answer that comes at once finds the call in the table. */
  start(): void;
  terminal(frame: ResponseFrame | ErrorFrame): void;
  data(frame: DataFrame): void;
  credit(frame: CreditFrame): void;
  progress(frame: ProgressFrame): void;
  /** The connection is gone. */
  close(error: SallyportError): void;
}

export interface OutgoingArgs {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly options: RequestOptions;
  /** Removes the call from the table: its terminal frame came or the connection closed. */
  readonly forget: () => void;
  /** Runs `fn` when the parent call is cancelled; returns the way to stop listening. */
  readonly onParentCancel: ((fn: () => void) => () => void) | undefined;
}

export function createOutgoing(context: PeerContext, args: OutgoingArgs): Outgoing {
  const { id, method, options } = args;
  const { clock } = context;
  let settled = false;
  let gone = false;
  let cancelled = false;
  let deadline: unknown;
  let grace: unknown;
  let warnings: readonly Warning[] = [];
  let resolve!: (value: unknown) => void;
  let reject!: (error: SallyportError) => void;
  let release!: () => void;
  const result = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A caller that reads only `output` gets the error there; the promise's own copy must not count as unhandled.
  result.catch(() => undefined);
  const released = new Promise<void>((done) => {
    release = done;
  });

  const credit = options.stream === true ? (context.agreed?.credit ?? 0) : 0;
  const inbox: Inbox = createInbox({
    credit,
    announced: credit,
    grant: (n) => quietly(() => context.send({ t: "credit", id, n })),
    left: () => cancel("caller", () => new SallyportError("cancelled", `the reader of ${method} left`, { method })),
  });
  const gate: Gate | undefined = options.input === undefined ? undefined : createGate(0);
  const valve = createProgressValve(clock, (progress) => options.onProgress?.(progress));

  const onAbort = (): void => cancel("caller", () => cancelledBy(options.signal?.reason, method));
  let stopParent: (() => void) | undefined;

  function detach(): void {
    clock.clearTimeout(deadline);
    options.signal?.removeEventListener("abort", onAbort);
    stopParent?.();
  }
  function settle(finish: () => void): void {
    if (settled) return;
    settled = true;
    valve.close(!cancelled);
    detach();
    finish();
  }
  function fail(error: SallyportError, now: boolean): void {
    settle(() => {
      reject(error);
      inbox.fail(error, now);
    });
    gate?.fail(() => error);
  }
  function leave(): void {
    if (gone) return;
    gone = true;
    clock.clearTimeout(grace);
    args.forget();
    release();
  }
  /** The caller gets its error at once; the id stays open until the responder's terminal frame, or the grace is over. */
  function cancel(why: CancelReason, error: () => SallyportError): void {
    if (settled || cancelled) return;
    cancelled = true;
    fail(error(), true);
    if (gone) return;
    if (context.agreed?.features.has("cancel") === true) quietly(() => context.send({ t: "cancel", id, why }));
    grace = clock.setTimeout(() => {
      if (!gone) context.handlers.stuck(call, method);
    }, context.graceMs);
  }

  const call: OutgoingCall = {
    id,
    result,
    output: inbox.items,
    released,
    warnings: () => warnings,
    cancel: (why) => cancel(why, () => new SallyportError(why === "deadline" ? "deadline_exceeded" : "cancelled", `${method} was cancelled (${why})`, { method })),
  };

  function start(): void {
    const refused = refusal(context, args);
    if (refused) {
      fail(refused, true);
      leave();
      return;
    }
    const leftMs = timeLeft(options);
    try {
      context.send({
        t: "req", id, m: method, p: args.params ?? null,
        ...(leftMs === undefined ? undefined : { dl: Math.floor(leftMs) }),
        ...(options.stream === true ? { cr: credit } : undefined),
        ...(gate ? { in: true as const } : undefined),
        ...(options.parent ? { par: options.parent.id } : undefined),
        ...(options.meta ? { meta: options.meta } : undefined),
      });
    } catch (error) {
      fail(fromErrorObject({ ...toErrorObject(error), method }), true);
      leave();
      return;
    }
    // The wire may have answered, or died, before `send` returned: then there is nothing to watch over any more.
    if (settled) return;
    if (leftMs !== undefined) {
      deadline = clock.setTimeout(
        () => cancel("deadline", () => new SallyportError("deadline_exceeded", `${method} did not answer within ${Math.round(leftMs)} ms`, { method })),
        leftMs,
      );
    }
    options.signal?.addEventListener("abort", onAbort, { once: true });
    stopParent = args.onParentCancel?.(() => cancel("parent", () => parentCancelled(method)));
    if (gate && options.input !== undefined) {
      void pump(context, id, options.input, gate, () => settled, (error) => cancel("caller", () => brokenInput(error, method)));
    }
  }

  return {
    call,
    start,
    terminal(frame) {
      if (frame.t === "res") {
        warnings = Array.isArray(frame.w) ? frame.w : [];
        settle(() => {
          resolve(frame.r ?? null);
          inbox.end();
        });
      } else {
        fail(fromErrorObject({ ...readErrorObject(frame.e, { trusted: context.remote === "host" }), method, source: context.remote }), false);
      }
      gate?.fail(() => new SallyportError("cancelled", `${method} has ended`, { method }));
      leave();
    },
    data(frame) {
      if (settled || inbox.push(frame.d ?? null)) return;
      const error = context.overdrawn(`${method} sent a stream item without credit`);
      // The responder still owes a terminal frame: until it comes the id stays taken, and without it the call is stuck.
      cancel("caller", () => error);
    },
    credit(frame) {
      gate?.give(frame.n);
    },
    progress(frame) {
      if (!settled) valve.push(frame.p);
    },
    close(error) {
      fail(error, false);
      leave();
    },
  };
}

/** Why a request may not be sent at all. */
function refusal(context: PeerContext, { method, options }: OutgoingArgs): SallyportError | undefined {
  if (context.closed) return context.closed;
  if (context.agreed === undefined) return new SallyportError("failed_precondition", `${method} was called before the handshake`, { method });
  if (options.signal?.aborted === true) return cancelledBy(options.signal.reason, method);
  if (options.parent?.signal.aborted === true) return parentCancelled(method);
  if ((options.stream === true || options.input !== undefined) && !context.agreed.features.has("stream")) {
    return new SallyportError("failed_precondition", `${method} was called with a stream, which the other side does not offer`, { method, help: "Use a plain call, or announce the feature 'stream' in the hello." });
  }
  const left = timeLeft(options);
  return left !== undefined && left < 1 ? new SallyportError("deadline_exceeded", `no time was left for ${method}`, { method }) : undefined;
}

/** The smaller of the call's own time and what its parent has left. */
function timeLeft(options: RequestOptions): number | undefined {
  const left = Math.min(options.timeoutMs ?? Infinity, options.parent?.remainingMs() ?? Infinity);
  return left === Infinity ? undefined : left;
}

function parentCancelled(method: string): SallyportError {
  return new SallyportError("cancelled", `${method}: the call that it served was cancelled`, { method });
}

function cancelledBy(reason: unknown, method: string): SallyportError {
  return new SallyportError("cancelled", `${method} was cancelled by its caller`, { method, ...(reason instanceof Error && { cause: reason }) });
}

/** Sends the caller's items as there is credit. An input that fails ends the call: half of it must not pass for the whole. */
async function pump(context: PeerContext, id: number, input: AsyncIterable<unknown> | Iterable<unknown>, gate: Gate, over: () => boolean, abandon: (error: unknown) => void): Promise<void> {
  try {
    for await (const item of input) {
      await gate.take();
      await context.room();
      if (over()) return;
      context.send({ t: "data", id, d: item });
    }
    if (!over()) context.send({ t: "end", id });
  } catch (error) {
    if (!over()) abandon(error);
  }
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
