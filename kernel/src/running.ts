import type { Priority } from "./lines.js";
import { SallyportError, type CancelReason, type CancelSignal, type Meta, type Progress, type Warning } from "@sallyport/bus";
import type { Asker, Step } from "./origin.js";
import type { Version } from "./versions/version.js";

/** A call on its way to its provider, whoever made it. Made for one call, which narrows it as it goes. */
export interface Route extends Step {
  /** `host`, or the calling plugin's name. From the channel, never from the message. */
  readonly caller: string;
  readonly asker: Asker | undefined;
  /** The call that this one serves. */
  readonly serves: Step | undefined;
  /** The calling plugin's instance; `host` for the host. */
  readonly instance: string;
  readonly method: string;
  readonly params: unknown;
  timeoutMs: number;
  readonly signal: CancelSignal | undefined;
  meta: Meta | undefined;
  /** Its place among those that wait; that of the call that it serves, where there is one. */
  readonly priority: Priority | undefined;
  readonly stream: boolean;
  readonly transfer: boolean | undefined;
  readonly input: AsyncIterable<unknown> | Iterable<unknown> | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Who hears what comes beside the result. */
  readonly warn: { warn(warning: Warning): void } | undefined;
  /** What its caller was written for. */
  readonly atLeast: Version | undefined;
}

/** Who is told how a call went: one of the two, once, maybe before `begin` has returned. Neither may throw. */
export interface RouteSink {
  resolve(value: unknown): void;
  reject(error: SallyportError): void;
}

/** A call that was accepted. */
export interface Running {
  /** Its items, for a call that takes a stream; its reader gets the call's error too. */
  readonly output: AsyncIterableIterator<unknown>;
  cancel(why: CancelReason): void;
}

export function cancelledError(method: string): SallyportError {
  return new SallyportError("cancelled", `${method} was cancelled by its caller`, { method });
}

export function lateError(method: string, ms: number): SallyportError {
  return new SallyportError("deadline_exceeded", `${method} did not answer within ${Math.round(ms)} ms`, { method });
}
