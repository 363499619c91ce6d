import type { Frame } from "@sallyport/bus";
import type { Adapter, Boundary, Exit, OpenRequest } from "@sallyport/kernel";
import { StepFailure } from "./failure.js";
import { show } from "./pattern.js";

/** One live instance under test: what it sent and nobody has taken yet, and what was said so far. */
export interface Link {
  readonly boundary: Boundary;
  /** Frames that have arrived and no step has taken, oldest first. */
  readonly inbox: Frame[];
  readonly transcript: readonly string[];
  readonly exit: Exit | undefined;
  /** Frames received after `exited` settled; the contract says none. */
  readonly late: number;
  /** Hands one frame to the boundary and waits while its wire is full. Throws what the boundary throws. */
  send(frame: Record<string, unknown>, withinMs: number): Promise<void>;
  /** Resolves with what `look` returns as soon as that is not `undefined`; it is asked again after each arrival. */
  wait<T>(look: () => T | undefined, what: string, withinMs: number): Promise<T>;
}

/** Starts an instance. Rejects with what `open` rejects with, or a StepFailure after `startMs`. */
export async function openLink(adapter: Adapter, request: OpenRequest, startMs: number): Promise<Link> {
  const inbox: Frame[] = [];
  const transcript: string[] = [];
  const waiters = new Set<() => void>();
  const startedAt = performance.now();
  let exit: Exit | undefined;
  let late = 0;
  let full = false;

  const note = (line: string): void => {
    // A case is short; what floods is a fault, and its start tells as much as all of it.
    if (transcript.length < 2000) transcript.push(`${String(Math.round(performance.now() - startedAt)).padStart(6)} ms  ${line}`);
  };
  const wake = (): void => {
    for (const waiter of [...waiters]) waiter();
  };
  const host = {
    receive(frame: Frame) {
      if (exit !== undefined) late += 1;
      note(`<- ${show(frame)}`);
      inbox.push(frame);
      wake();
    },
    log: (level: string, message: string) => note(`   [${level}] ${message}`),
    drained() {
      full = false;
      wake();
    },
  };

  const boundary = await adapter.open(request, host, AbortSignal.timeout(startMs));
  void boundary.exited.then((reason) => {
    exit = reason;
    note(`   ended: ${show(reason)}`);
    wake();
  });

  async function wait<T>(look: () => T | undefined, what: string, withinMs: number): Promise<T> {
    const found = look();
    if (found !== undefined) return found;
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        waiters.delete(check);
        clearTimeout(timer);
      };
      const check = (): void => {
        try {
          const value = look();
          if (value === undefined) return;
          stop();
          resolve(value);
        } catch (error) {
          stop();
          reject(error as Error);
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new StepFailure(`${what} did not come within ${withinMs} ms`));
      }, withinMs);
      waiters.add(check);
    });
  }

  return {
    boundary,
    inbox,
    transcript,
    get exit() {
      return exit;
    },
    get late() {
      return late;
    },
    wait,
    async send(frame, withinMs) {
      if (full) await wait(() => (full && exit === undefined ? undefined : true), "room on the wire", withinMs);
      note(`-> ${show(frame)}`);
      full = !boundary.send(frame as unknown as Frame);
    },
  };
}
