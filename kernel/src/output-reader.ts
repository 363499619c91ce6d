import type { CancelReason, SallyportError } from "@sallyport/bus";
import { checkAnswer } from "./failure.js";
import type { Plugin } from "./plugin.js";
import type { Entry } from "./registry.js";

/** Checks the items of a call on their way to its reader, and says when the last one was taken. */
export interface OutputReader extends AsyncIterableIterator<unknown> {
  readonly items: number;
  /** Leaving the output cancels the call; what it failed for is this. */
  readonly badItem: unknown;
  open(source: AsyncIterator<unknown>): void;
  /** There will be no items. */
  fail(error: unknown): void;
}

/** The call that the items belong to. */
export interface StreamOwner {
  readonly error: SallyportError | undefined;
  cancel(why: CancelReason): void;
  /** The last item was taken, or nobody takes any more. */
  record(): void;
  describe(error: unknown, sent: boolean): SallyportError;
}

export function createOutputReader(owner: StreamOwner, entry: Entry<unknown>, plugin: Plugin): OutputReader {
  return new Reader(owner, entry, plugin);
}

class Reader implements OutputReader {
  items = 0;
  badItem: unknown = undefined;
  private readonly owner: StreamOwner;
  private readonly entry: Entry<unknown>;
  private readonly plugin: Plugin;
  private source: AsyncIterator<unknown> | undefined = undefined;
  private recorded = false;
  private opened: Promise<AsyncIterator<unknown>> | undefined = undefined;
  private settle: { resolve(source: AsyncIterator<unknown>): void; reject(error: unknown): void } | undefined = undefined;
  private readonly taken = (step: IteratorResult<unknown>): IteratorResult<unknown> | Promise<never> => this.take(step);
  private readonly failed = (): never => this.throwFailure();

  constructor(owner: StreamOwner, entry: Entry<unknown>, plugin: Plugin) {
    this.owner = owner;
    this.entry = entry;
    this.plugin = plugin;
  }

  open(source: AsyncIterator<unknown>): void {
    this.source = source;
    this.settle?.resolve(source);
  }

  fail(error: unknown): void {
    this.recorded = true;
    this.settle?.reject(error);
    this.opened ??= Promise.reject(error as Error);
    this.opened.catch(() => undefined);
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.source !== undefined) return this.source.next().then(this.taken, this.failed);
    this.opened ??= new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    return this.opened.then((source) => source.next().then(this.taken, this.failed));
  }

  async return(): Promise<IteratorResult<unknown>> {
    if (this.source === undefined) this.owner.cancel("caller");
    else await this.source.return?.();
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private take(step: IteratorResult<unknown>): IteratorResult<unknown> | Promise<never> {
    if (step.done === true) {
      this.end();
      return step;
    }
    if (this.entry.checks.item !== undefined) {
      try {
        checkAnswer(this.entry.checks.item, step.value, this.entry, this.plugin);
      } catch (error) {
        this.badItem = error;
        return this.return().then(this.failed);
      }
    }
    this.items++;
    return step;
  }

  private throwFailure(): never {
    this.end();
    throw this.owner.error ?? this.owner.describe(this.badItem, true);
  }

  private end(): void {
    if (this.recorded) return;
    this.recorded = true;
    this.owner.record();
  }
}
