import { isSallyportError, isThenable, SallyportError, toErrorObject, type CancelSignal, type Clock, type Deadlines, type Meta, type Progress, type Slot, type Timed } from "@sallyport/bus";
import type { HostContext, HostMethod } from "./api.js";
import type { Dispose, Handles } from "./handles.js";
import { originOf } from "./origin.js";
import type { Entry } from "./registry.js";
import { cancelledError, lateError, type Route, type RouteSink, type Running } from "./running.js";
import type { Check } from "./schema.js";

export interface HostMethodOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly handles: Handles;
  checkSecret(instance: string, name: string, generation: string): void;
  redact(error: SallyportError): SallyportError;
}

/** Runs a method of the host itself under the same deadline, cancel and stream rules as a plugin's. */
export function runHostMethod(entry: Entry<unknown>, handler: HostMethod, route: Route, sink: RouteSink, options: HostMethodOptions): Running {
  const call = new HostCall(entry, route, sink, options);
  call.begin(handler);
  return call;
}

class HostCall implements Running, Timed {
  slot: Slot | undefined = undefined;
  earlier: Timed | undefined = undefined;
  later: Timed | undefined = undefined;
  private readonly entry: Entry<unknown>;
  private readonly route: Route;
  private readonly sink: RouteSink;
  private readonly options: HostMethodOptions;
  private controller: AbortController | undefined = undefined;
  private onAbort: (() => void) | undefined = undefined;
  private ended = false;
  private failure: SallyportError | undefined = undefined;
  private items: AsyncGenerator<unknown> | undefined = undefined;
  /** Frees the reader of `output` from a generator that hangs in its own code. */
  private interrupt: ((error: SallyportError) => void) | undefined = undefined;

  constructor(entry: Entry<unknown>, route: Route, sink: RouteSink, options: HostMethodOptions) {
    this.entry = entry;
    this.route = route;
    this.sink = sink;
    this.options = options;
  }

  begin(handler: HostMethod): void {
    const { route, options: { clock, deadlines } } = this;
    if (route.signal !== undefined) {
      this.onAbort = () => this.cancel();
      route.signal.addEventListener("abort", this.onAbort, { once: true });
    }
    let returned: unknown;
    try {
      returned = handler(route.params as never, new CallContext(this, route, this.options));
    } catch (error) {
      return void this.fail(this.shown(error));
    }
    if (isGenerator(returned)) {
      if (!route.stream) return void this.fail(new SallyportError("failed_precondition", `${route.method} streams its result, and its caller takes no stream`, { method: route.method, help: "Call it with kernel.stream, or context.stream in a plugin." }));
      this.items = returned;
    } else if (isThenable(returned)) {
      Promise.resolve(returned).then((value) => this.finish(value), (error: unknown) => this.fail(this.shown(error)));
    } else {
      return this.finish(returned);
    }
    if (!this.ended) deadlines.add(this, clock.now(), route.timeoutMs);
  }

  get signal(): CancelSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.failure !== undefined) this.controller.abort(this.failure);
    }
    return this.controller.signal;
  }

  get output(): AsyncIterableIterator<unknown> {
    const { items } = this;
    return {
      next: () => (items === undefined || this.ended ? this.rest() : this.pull(items)),
      return: async () => {
        this.cancel();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  cancel(): void {
    this.fail(cancelledError(this.route.method));
  }

  expire(): void {
    this.fail(lateError(this.route.method, this.route.timeoutMs));
  }

  private finish(value: unknown): void {
    if (this.ended) return;
    try {
      this.check(this.entry.checks.result, value ?? null, "result");
    } catch (error) {
      return void this.fail(error as SallyportError);
    }
    this.end();
    this.sink.resolve(value ?? null);
  }

  private fail(error: SallyportError): SallyportError {
    if (this.ended) return this.failure ?? error;
    this.failure = error;
    this.end();
    this.controller?.abort(error);
    this.sink.reject(error);
    this.interrupt?.(error);
    // A generator that hangs in its own code would hold whoever waits for it for ever.
    if (this.items !== undefined) void leave(this.items);
    return error;
  }

  private end(): void {
    this.ended = true;
    this.options.deadlines.remove(this);
    if (this.onAbort !== undefined) this.route.signal?.removeEventListener("abort", this.onAbort);
  }

  private rest(): Promise<IteratorResult<unknown>> {
    return this.failure === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(this.failure);
  }

  private pull(items: AsyncGenerator<unknown>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      items.next().then(
        (step) => {
          if (step.done === true) {
            this.finish(step.value);
            this.rest().then(resolve, reject);
            return;
          }
          try {
            this.check(this.entry.checks.item, step.value, "item");
            resolve(step);
          } catch (error) {
            reject(this.fail(error as SallyportError));
          }
        },
        (error: unknown) => reject(this.fail(this.shown(error))),
      );
    });
  }

  private shown(error: unknown): SallyportError {
    const { method, caller } = this.route;
    if (isSallyportError(error)) return this.options.redact(error);
    // What the host's own code threw may name files, tables or secrets: a plugin learns only that it failed.
    if (caller !== "host") return new SallyportError("internal", `${method} failed in the host`, { method, source: "host", help: "The host's log has the reason.", cause: error });
    return this.options.redact(new SallyportError("internal", `${method} failed: ${toErrorObject(error).msg}`, { method, source: "host", help: "`cause` is what its handler threw.", cause: error }));
  }

  /** An answer that breaks the method's own schema is its author's fault, not the caller's. */
  private check(check: Check | undefined, value: unknown, path: string): void {
    const { method } = this.route;
    try {
      check?.(value);
    } catch (error) {
      throw new SallyportError("internal", `${method} answered with what its own schema does not allow: ${toErrorObject(error).msg}`, { method, source: "host", path: (error as SallyportError).path ?? path, help: "Mend the handler, or the schema that it was provided with." });
    }
  }
}

const NO_META: Meta = Object.freeze({});

/** Most handlers look at their params alone: signal and input are made for those who ask. */
class CallContext implements HostContext {
  readonly caller: string;
  readonly #call: HostCall;
  readonly #route: Route;
  readonly #options: HostMethodOptions;
  #input: AsyncIterable<unknown> | undefined;

  constructor(call: HostCall, route: Route, options: HostMethodOptions) {
    this.caller = route.caller;
    this.#call = call;
    this.#route = route;
    this.#options = options;
  }
  get instance(): string {
    return this.#route.instance;
  }
  get origin(): readonly string[] {
    return originOf(this.#route);
  }
  get signal(): CancelSignal {
    return this.#call.signal;
  }
  get meta(): Meta {
    return this.#route.meta ?? NO_META;
  }
  get input(): AsyncIterable<unknown> {
    return (this.#input ??= toAsync(this.#route.input));
  }
  get progress(): (progress: Progress) => void {
    return (progress) => this.#route.onProgress?.(progress);
  }
  get handle(): HostContext["handle"] {
    return (resource, dispose) => this.#options.handles.keep(this.instance, resource, dispose as Dispose | undefined);
  }
  get resource(): HostContext["resource"] {
    return <T>(handle: string) => this.#options.handles.find(this.instance, handle) as T;
  }
  get release(): HostContext["release"] {
    return (handle) => this.#options.handles.release(this.instance, handle);
  }
  get checkSecret(): HostContext["checkSecret"] {
    return (name, generation) => this.#options.checkSecret(this.instance, name, generation);
  }
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
