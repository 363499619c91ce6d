import { patientTimeout, SallyportError, type CancelSignal, type Clock } from "@sallyport/bus";

/** Who may be in a plugin at once, and who waits. Each caller has a queue of its own; they take turns. */
export interface Admission {
  /** Takes a place if there is one and nobody waits. */
  tryEnter(): boolean;
  /**
   * Waits for a place. Rejects `busy` when the caller's queue is full, `deadline_exceeded` or `cancelled` while
   * waiting, or with the error given to `flush`.
   */
  enter(ticket: Ticket): Promise<void>;
  /** Gives a place back. `servedMs` feeds the estimate behind `retryAfterMs`. */
  leave(servedMs: number): void;
  resize(inflight: number): void;
  /** Everyone who waits gets `error`; later ones are let in again. */
  flush(error: SallyportError): void;
  readonly inFlight: number;
  readonly queued: number;
}

export interface Ticket {
  readonly caller: string;
  readonly method: string;
  readonly timeoutMs: number;
  readonly signal: CancelSignal | undefined;
}

interface Waiter { admit(): void; refuse(error: SallyportError): void }

const MIN_RETRY_MS = 10;

export function createAdmission(options: { readonly plugin: string; readonly inflight: number; readonly queue: number; readonly clock: Clock }): Admission {
  const { plugin, queue, clock } = options;
  let inflight = options.inflight;
  let inside = 0;
  let waiting = 0;
  let averageMs = 1;
  // In insertion order: the first caller is next. One that was served goes to the end, so a flood from one
  // caller delays the others by one call each turn, not by its whole queue.
  const lines = new Map<string, Set<Waiter>>();

  function next(): void {
    while (inside < inflight && lines.size > 0) {
      const [caller, line] = lines.entries().next().value as [string, Set<Waiter>];
      const waiter = line.values().next().value as Waiter;
      line.delete(waiter);
      lines.delete(caller);
      if (line.size > 0) lines.set(caller, line);
      waiting--;
      inside++;
      waiter.admit();
    }
  }

  function wait(ticket: Ticket, line: Set<Waiter>): Promise<void> {
    return new Promise((resolve, reject) => {
      const out = (error: SallyportError): void => {
        if (!line.delete(waiter)) return;
        if (line.size === 0 && lines.get(ticket.caller) === line) lines.delete(ticket.caller);
        waiting--;
        settle();
        reject(error);
      };
      const aborted = (): void => out(new SallyportError("cancelled", `${ticket.method} was cancelled while it waited for a place in '${plugin}'`, { plugin, method: ticket.method }));
      const timer = patientTimeout(
        clock,
        () => out(new SallyportError("deadline_exceeded", `${ticket.method} waited ${Math.round(ticket.timeoutMs)} ms for a place in '${plugin}'`, { plugin, method: ticket.method, retryable: true })),
        ticket.timeoutMs,
      );
      const settle = (): void => {
        timer.clear();
        ticket.signal?.removeEventListener("abort", aborted);
      };
      const waiter: Waiter = {
        admit() {
          settle();
          resolve();
        },
        refuse: out,
      };
      ticket.signal?.addEventListener("abort", aborted, { once: true });
      line.add(waiter);
      waiting++;
    });
  }

  return {
    tryEnter() {
      if (inside >= inflight || waiting > 0) return false;
      inside++;
      return true;
    },
    enter(ticket) {
      const line = lines.get(ticket.caller) ?? new Set();
      if (line.size >= queue) {
        const retryAfterMs = Math.max(MIN_RETRY_MS, Math.ceil((averageMs * (waiting + 1)) / inflight));
        return Promise.reject(
          new SallyportError("busy", `'${plugin}' has ${inside} calls open and ${line.size} of '${ticket.caller}' waiting`, { plugin, method: ticket.method, retryAfterMs }),
        );
      }
      lines.set(ticket.caller, line);
      const entered = wait(ticket, line);
      next();
      return entered;
    },
    leave(servedMs) {
      averageMs += (servedMs - averageMs) / 16;
      inside--;
      if (waiting > 0) next();
    },
    resize(places) {
      inflight = places;
      next();
    },
    flush(error) {
      for (const line of [...lines.values()]) for (const waiter of [...line]) waiter.refuse(error);
    },
    get inFlight() {
      return inside;
    },
    get queued() {
      return waiting;
    },
  };
}
