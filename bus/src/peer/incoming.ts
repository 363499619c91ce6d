import { SallyportError, toErrorObject, type ErrorObject } from "../errors.js";
import type { CancelFrame, CreditFrame, DataFrame, Frame, RequestFrame, Warning } from "../frame.js";
import type { PeerContext } from "./context.js";
import { createGate } from "./gate.js";
import { createInbox } from "./inbox.js";
import { quietly } from "./outgoing.js";
import type { IncomingCall } from "./peer.js";

/** A call that the other side made, until this side's terminal frame. */
export interface Incoming {
  readonly call: IncomingCall;
  run(): void;
  data(frame: DataFrame): void;
  end(): void;
  credit(frame: CreditFrame): void;
  cancel(why: CancelFrame["why"] | "closed", error?: SallyportError): void;
  /** Runs `fn` on cancel; returns the way to stop listening. */
  onCancel(fn: () => void): () => void;
}

export function acceptIncoming(context: PeerContext, frame: RequestFrame, forget: () => void): Incoming {
  const { id, m: method } = frame;
  const { clock } = context;
  const deadline = frame.dl === undefined ? Infinity : clock.now() + frame.dl;
  const controller = context.controller();
  const listeners = new Set<() => void>();
  const streaming = frame.cr !== undefined;
  const gate = createGate(frame.cr ?? 0);
  const credit = context.agreed?.credit ?? 1;
  const input = createInbox({ credit, announced: 0, grant: (n) => quietly(() => context.send({ t: "credit", id, n })) });
  if (frame.in !== true) input.end();
  const warnings: Warning[] = [];
  let cancelled = false;
  let answered = false;

  const over = (): SallyportError => new SallyportError("failed_precondition", `${method} has already been answered`, { method });
  const call: IncomingCall = {
    id,
    method,
    params: frame.p ?? null,
    meta: frame.meta ?? {},
    parent: frame.par,
    streaming,
    feeding: frame.in === true,
    signal: controller.signal,
    input: input.items,
    remainingMs: () => Math.max(0, deadline - clock.now()),
    async write(item) {
      if (!streaming) {
        throw new SallyportError("failed_precondition", `${method} streams its result, and its caller takes no stream`, { method, help: "Call it with kernel.stream, or `sallyport call --stream`." });
      }
      await gate.take();
      await context.room();
      if (answered) throw over();
      controller.signal.throwIfAborted();
      try {
        context.send({ t: "data", id, d: item });
      } catch (error) {
        gate.give(1);
        throw error;
      }
    },
    progress(progress) {
      if (!answered && context.agreed?.features.has("progress") === true) quietly(() => context.send({ t: "prog", id, p: progress }));
    },
    warn(warning) {
      warnings.push(warning);
    },
  };

  function answer(terminal: Frame): void {
    if (answered) return;
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
    answered = true;
    input.end();
    gate.fail(over);
    forget();
  }

  return {
    call,
    run() {
      let outcome: unknown;
      try {
        outcome = context.handlers.request(call);
      } catch (error) {
        answer({ t: "err", id, e: readable(error, context.stack) });
        return;
      }
      Promise.resolve(outcome).then(
        (value) => answer({ t: "res", id, r: value ?? null, ...(warnings.length > 0 && { w: warnings }) }),
        (error: unknown) => answer({ t: "err", id, e: readable(error, context.stack) }),
      );
    },
    data(item) {
      if (!input.push(item.d ?? null)) input.fail(context.overdrawn(`the caller of ${method} sent a stream item without credit`), true);
    },
    end: () => input.end(),
    credit: (more) => gate.give(more.n),
    cancel(why, error) {
      if (cancelled || answered) return;
      cancelled = true;
      const reason = error ?? new SallyportError(why === "deadline" ? "deadline_exceeded" : "cancelled", `${method} was cancelled (${why})`, { method });
      controller.abort(reason);
      gate.fail(() => reason);
      input.fail(reason, true);
      for (const listener of [...listeners]) listener();
    },
    onCancel(fn) {
      if (cancelled) fn();
      else listeners.add(fn);
      return () => listeners.delete(fn);
    },
  };
}

/** A handler may throw what itself throws when it is read (a getter, a Proxy): the call is answered all the same. */
function readable(error: unknown, stack: boolean): ErrorObject {
  try {
    return toErrorObject(error, { stack });
  } catch {
    return { code: "internal", msg: "what was thrown cannot be read" };
  }
}

/** `bad_value` and `frame_too_large` are the host's words; a guest reports the same in codes that it may use. */
function uncrossable(method: string, error: unknown): ErrorObject {
  const { code, msg, help, path } = toErrorObject(error);
  return {
    code: code === "frame_too_large" ? "resource_exhausted" : "internal",
    msg: `the result of ${method} cannot cross the boundary: ${msg}`,
    ...(help !== undefined && { help }),
    ...(path !== undefined && { path }),
  };
}
