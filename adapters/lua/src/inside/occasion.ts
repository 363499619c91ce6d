import { isSallyportError, SallyportError, type LogLevel, type Progress, type Warning } from "@sallyport/bus";
import type { Context } from "@sallyport/plugin";

/** What a handler may ask for, by the name that the kit gives it. */
export interface Occasion {
  /** Answered at once. */
  tell(op: string, args: readonly unknown[]): unknown;
  /** Answered when the host has. */
  ask(op: string, args: readonly unknown[]): Promise<unknown>;
  /** Ends the streams that it left open. */
  end(): Promise<void>;
}

const GETTERS = ["config", "args", "grants", "limits", "instance", "meta"] as const;
const LEVELS: readonly unknown[] = ["debug", "info", "warn", "error"] satisfies LogLevel[];
const MAX_STREAMS = 128;
/** Longest sleep that a timer keeps, ms. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/** One call, event, start or stop, seen from the script. */
export function createOccasion(context: Context): Occasion {
  const streams = new Map<number, AsyncIterator<unknown>>();
  let last = 0;

  function keep(stream: AsyncIterable<unknown>): number {
    if (streams.size >= MAX_STREAMS) throw new SallyportError("resource_exhausted", `a handler has more than ${MAX_STREAMS} streams open`, { help: "Read them to their end, or leave their loops." });
    streams.set(++last, stream[Symbol.asyncIterator]());
    return last;
  }

  async function close(handle: unknown): Promise<void> {
    const stream = streams.get(handle as number);
    streams.delete(handle as number);
    await stream?.return?.();
  }

  async function next(handle: unknown): Promise<unknown> {
    const step = await streams.get(handle as number)?.next();
    if (step !== undefined && step.done !== true) return { item: step.value };
    streams.delete(handle as number);
    return { result: step?.value ?? null };
  }

  return {
    tell(op, [first, second, third]) {
      switch (op) {
        case "log": {
          if (!LEVELS.includes(first)) throw wrong("log", "a level");
          context.log[first as LogLevel](text("log", "a text", second), fieldsOf(third));
          return null;
        }
        case "get":
          return context[GETTERS.find((name) => name === first) ?? "meta"];
        case "publish":
          return context.publish(text("publish", "a topic", first), second ?? null);
        case "progress":
          context.progress(progressOf(first, second, third));
          return null;
        case "warn":
          context.warn(warningOf(first));
          return null;
        case "remaining": {
          const ms = context.remainingMs();
          return Number.isFinite(ms) ? ms : null;
        }
        case "cancelled":
          return context.signal.aborted;
        case "stream":
          return keep(context.stream(text("stream", "a method", first), second ?? null, optionsOf(third)));
        case "input":
          return keep(context.input);
        case "close":
          void close(first).catch(() => {});
          return null;
      }
      throw new SallyportError("internal", `there is no '${op}'`);
    },
    async ask(op, [first, second, third]) {
      switch (op) {
        case "call":
          return context.call(text("call", "a method", first), second ?? null, optionsOf(third));
        case "next":
          return next(first);
        case "secret":
          return context.secret(text("secret", "a name", first));
        case "sleep":
          return sleep(first, context);
      }
      throw new SallyportError("internal", `there is no '${op}'`);
    },
    async end() {
      await Promise.all([...streams.keys()].map((handle) => close(handle).catch(() => {})));
    },
  };
}

/** The call's own end: whoever waits for something is told. */
export function whenCancelled({ signal }: Context): { readonly promise: Promise<never>; stop(): void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const listener = (): void => reject(reasonOf(signal.reason));
    if (signal.aborted) return listener();
    signal.addEventListener("abort", listener, { once: true });
    stop = () => signal.removeEventListener("abort", listener);
  });
  promise.catch(() => {});
  return { promise, stop: () => stop() };
}

export function reasonOf(reason: unknown): SallyportError {
  return new SallyportError("cancelled", isSallyportError(reason) ? reason.message : "the call was cancelled");
}

function sleep(ms: unknown, { signal }: Context): Promise<null> {
  if (typeof ms !== "number" || !(ms >= 0)) throw wrong("sleep", "milliseconds");
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve(null);
    };
    const timer = setTimeout(wake, Math.min(ms, MAX_SLEEP_MS));
    signal.addEventListener("abort", wake, { once: true });
  });
}

function wrong(what: string, expected: string): SallyportError {
  return new SallyportError("invalid_argument", `${what}: ${expected} expected`);
}

function text(what: string, expected: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(what, expected);
  return value;
}

function mapOf(what: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(what, "a table with named fields");
  return value as Record<string, unknown>;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return value === undefined || value === null ? undefined : mapOf("log", value);
}

function optionsOf(value: unknown): { readonly timeoutMs?: number; readonly input?: readonly unknown[] } {
  if (value === undefined || value === null) return {};
  const { timeout_ms: timeoutMs, input } = mapOf("options", value);
  return { ...(typeof timeoutMs === "number" && { timeoutMs }), ...(Array.isArray(input) && { input: input as readonly unknown[] }) };
}

function progressOf(done: unknown, total: unknown, note: unknown): Progress {
  if (typeof done !== "number") throw wrong("progress", "a number");
  return { done, ...(typeof total === "number" && { total }), ...(typeof note === "string" && { note }) };
}

function warningOf(value: unknown): Warning {
  const { code, msg, path } = mapOf("warn", value);
  return { code: text("warn", "a code", code), msg: text("warn", "a msg", msg), ...(typeof path === "string" && { path }) };
}
