import { isSallyportError, SallyportError, toErrorObject, type Clock } from "@sallyport/bus";
import type { HostContext, HostMethod } from "./api.js";
import { withDeadline } from "./deadline.js";
import type { Entry } from "./registry.js";
import type { Check } from "./schema.js";
import { cancelledError, lateError, type Route, type Running } from "./running.js";

/** Runs a method of the host itself under the same deadline, cancel and stream rules as a plugin's. */
export function runHostMethod(entry: Entry<unknown>, handler: HostMethod, route: Route, clock: Clock): Running {
  const { method, caller } = route;
  const controller = new AbortController();
  const deadline = clock.now() + route.timeoutMs;
  const onAbort = (): void => controller.abort(cancelledError(method));
  route.signal?.addEventListener("abort", onAbort, { once: true });
  const context: HostContext = {
    caller,
    signal: controller.signal,
    meta: route.meta ?? {},
    input: toAsync(route.input),
    progress: (progress) => route.onProgress?.(progress),
  };
  const bounded = <T>(promise: Promise<T>): Promise<T> =>
    withDeadline(promise, {
      ms: deadline - clock.now(), clock, signal: controller.signal,
      late: () => {
        const error = lateError(method, route.timeoutMs);
        controller.abort(error);
        return error;
      },
      cancelled: () => (controller.signal.reason instanceof SallyportError ? controller.signal.reason : cancelledError(method)),
    });
  const shown = (error: unknown): SallyportError => {
    if (isSallyportError(error)) return error;
    // What the host's own code threw may name files, tables or secrets: a plugin learns only that it failed.
    if (caller !== "host") return new SallyportError("internal", `${method} failed in the host`, { method, source: "host", help: "The host's log has the reason.", cause: error });
    return new SallyportError("internal", `${method} failed: ${toErrorObject(error).msg}`, { method, source: "host", help: "`cause` is what its handler threw.", cause: error });
  };
  /** An answer that breaks the method's own schema is its author's fault, not the caller's. */
  const checked = (check: Check | undefined, value: unknown, path: string): void => {
    try {
      check?.(value);
    } catch (error) {
      throw new SallyportError("internal", `${method} answered with what its own schema does not allow: ${toErrorObject(error).msg}`, { method, source: "host", path: (error as SallyportError).path ?? path, help: "Mend the handler, or the schema that it was provided with." });
    }
  };

  let settle!: { resolve(value: unknown): void; reject(error: unknown): void };
  const result = new Promise<unknown>((resolve, reject) => (settle = { resolve, reject }));
  result.catch(() => undefined);
  const finish = (value: unknown): void => {
    route.signal?.removeEventListener("abort", onAbort);
    try {
      checked(entry.checks.result, value ?? null, "result");
      settle.resolve(value ?? null);
    } catch (error) {
      settle.reject(error);
    }
  };
  const fail = (error: unknown): SallyportError => {
    route.signal?.removeEventListener("abort", onAbort);
    const reason = shown(error);
    settle.reject(reason);
    return reason;
  };

  let items: AsyncGenerator<unknown> | undefined;
  try {
    const returned = handler(route.params as never, context);
    if (isGenerator(returned)) {
      if (!route.stream) throw new SallyportError("failed_precondition", `${method} streams its result, and its caller takes no stream`, { method, help: "Call it with kernel.stream, or context.stream in a plugin." });
      items = returned;
    } else {
      bounded(Promise.resolve(returned)).then(finish, fail);
    }
  } catch (error) {
    fail(error);
  }

  async function* output(): AsyncGenerator<unknown, void, void> {
    if (items === undefined) return;
    try {
      for (;;) {
        const step = await bounded(items.next());
        if (step.done === true) return finish(step.value);
        checked(entry.checks.item, step.value, "item");
        yield step.value;
      }
    } catch (error) {
      throw fail(error);
    } finally {
      fail(cancelledError(method));
      // A generator that hangs in its own code would hold its reader here for ever.
      void leave(items);
    }
  }
  return { result, output: output(), cancel: () => controller.abort(cancelledError(method)) };
}

/** An iterator need not have a `return`; what it throws comes after the end of the call. */
async function leave(items: AsyncIterator<unknown>): Promise<void> {
  try {
    await items.return?.(undefined);
  } catch {
    // The call has had its one answer.
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
}

async function* toAsync(input: Route["input"]): AsyncGenerator<unknown> {
  if (input !== undefined) yield* input;
}
