import type { SallyportError } from "../errors.js";

/** A call that streams, as `createStream` needs it. */
export interface StreamSource {
  readonly output: AsyncIterator<unknown>;
}

export interface StreamSink {
  resolve(value: unknown): void;
  reject(error: SallyportError): void;
}

/**
 * The items of a call as an async generator whose return value is the call's result. The call begins with the first
 * `next()`; leaving the loop leaves its output, which cancels it. Written out, since an `async function*` around another
 * iterator costs three promises an item.
 */
export function createStream<T>(begin: (sink: StreamSink) => StreamSource): AsyncGenerator<T, unknown, void> {
  let source: StreamSource | undefined;
  let over = false;
  let settle!: StreamSink;
  const result = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever leaves the loop early never looks at it.
  result.catch(() => undefined);

  const step = (item: IteratorResult<unknown>): IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>> => {
    if (item.done !== true) return item as IteratorResult<T, unknown>;
    over = true;
    return result.then((value) => ({ done: true, value }));
  };
  const failed = (error: unknown): never => {
    over = true;
    throw error;
  };
  const leave = async (): Promise<void> => {
    over = true;
    await source?.output.return?.();
  };

  return {
    next() {
      if (over) return Promise.resolve({ done: true, value: undefined });
      try {
        source ??= begin(settle);
      } catch (error) {
        over = true;
        return Promise.reject(error as Error);
      }
      return source.output.next().then(step, failed);
    },
    async return(value) {
      await leave();
      return { done: true, value: await value };
    },
    async throw(error) {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await leave();
    },
  };
}
