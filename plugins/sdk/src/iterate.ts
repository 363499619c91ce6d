// Without Symbol.asyncDispose, which hardened JavaScript does not have.
type Shielded = Pick<AsyncGenerator<unknown, unknown, void>, "next" | "return" | "throw"> & { [Symbol.asyncIterator](): Shielded };

/**
 * The peer's iterator behind an object of its own: plugin code must not reach the prototype that other
 * instances' iterators share.
 */
export function shield(inner: AsyncIterator<unknown>): Shielded {
  const outer: Shielded = {
    next: () => inner.next(),
    return: async (value) => (await inner.return?.(value)) ?? { done: true, value: undefined },
    async throw(error) {
      await inner.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => outer,
  };
  return Object.freeze(outer);
}

/** An iterator without items. */
export function nothing(): AsyncIterator<unknown> {
  return { next: async () => ({ done: true, value: undefined }) };
}

/** Runs a streaming handler: its items go out as credit allows, its return value is the result. */
export async function pump(items: AsyncIterator<unknown>, write: ((item: unknown) => Promise<void> | undefined) | undefined): Promise<unknown> {
  let ended = false;
  try {
    for (;;) {
      const step = await items.next();
      if (step.done === true) {
        ended = true;
        return step.value;
      }
      const sent = write?.(step.value);
      if (sent !== undefined) await sent;
    }
  } finally {
    if (!ended) await items.return?.();
  }
}

export function isAsyncIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}
