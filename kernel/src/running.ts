import { SallyportError, type CancelReason, type CancelSignal, type Meta, type Progress } from "@sallyport/bus";

/** A call on its way to its provider, whoever made it. */
export interface Route {
  /** `host`, or the calling plugin's name. From the channel, never from the message. */
  readonly caller: string;
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
  readonly signal: CancelSignal | undefined;
  readonly meta: Meta | undefined;
  readonly stream: boolean;
  readonly input: AsyncIterable<unknown> | Iterable<unknown> | undefined;
  onProgress?(progress: Progress): void;
}

/** A call that its provider has. */
export interface Running {
  readonly result: Promise<unknown>;
  readonly output: AsyncGenerator<unknown, void, void>;
  cancel(why: CancelReason): void;
}

export function cancelledError(method: string): SallyportError {
  return new SallyportError("cancelled", `${method} was cancelled by its caller`, { method });
}

export function lateError(method: string, ms: number): SallyportError {
  return new SallyportError("deadline_exceeded", `${method} did not answer within ${Math.round(ms)} ms`, { method });
}
