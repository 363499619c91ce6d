import { patientTimeout, SallyportError, type CancelSignal, type Clock } from "@sallyport/bus";
import { createLines, type Place } from "./lines.js";

/** Who may be in a plugin at once, and who waits. Each caller and tenant has a line of its own; they take turns, by priority. */
export interface Admission {
  /** Takes a place if there is one and nobody waits. */
  tryEnter(): boolean;
  /**
   * Waits for a place. Rejects `busy` when its line is full, `deadline_exceeded` or `cancelled` while
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

export interface Ticket extends Place {
  readonly method: string;
  readonly timeoutMs: number;
  readonly signal: CancelSignal | undefined;
}

interface Waiter { admit(): void; refuse(error: SallyportError): void }

const MIN_RETRY_MS = 10;

export function createAdmission(options: { readonly plugin: string; readonly inflight: number; readonly queue: number; readonly clock: Clock; refused?(waiting: number): void }): Admission {
  const { plugin, queue, clock } = options;
  let inflight = options.inflight;
  let inside = 0;
  let averageMs = 1;
  const lines = createLines<Waiter>();

  function next(): void {
    while (inside < inflight) {
      const waiter = lines.next();
      if (waiter === undefined) return;
      inside++;
      waiter.admit();
    }
  }

  function wait(ticket: Ticket): Promise<void> {
    return new Promise((resolve, reject) => {
      const out = (error: SallyportError): void => {
        if (!lines.remove(ticket, waiter)) return;
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
      lines.add(ticket, waiter);
    });
  }

  return {
    tryEnter() {
      if (inside >= inflight || lines.waiting > 0) return false;
      inside++;
      return true;
    },
    enter(ticket) {
      const before = lines.length(ticket);
      if (before >= queue || (before === 0 && ticket.tenant !== undefined && lines.full)) {
        const retryAfterMs = Math.max(MIN_RETRY_MS, Math.ceil((averageMs * (lines.waiting + 1)) / inflight));
        options.refused?.(before);
        return Promise.reject(
          new SallyportError("busy", `'${plugin}' has ${inside} calls open and ${before} of '${ticket.caller}' waiting`, { plugin, method: ticket.method, retryAfterMs }),
        );
      }
      const entered = wait(ticket);
      next();
      return entered;
    },
    leave(servedMs) {
      averageMs += (servedMs - averageMs) / 16;
      inside--;
      if (lines.waiting > 0) next();
    },
    resize(places) {
      inflight = places;
      next();
    },
    flush(error) {
      for (const waiter of lines.all()) waiter.refuse(error);
    },
    get inFlight() {
      return inside;
    },
    get queued() {
      return lines.waiting;
    },
  };
}
