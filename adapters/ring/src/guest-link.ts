import { performance } from "node:perf_hooks";
import type { MessagePort } from "node:worker_threads";
import { isSallyportError, SallyportError } from "@sallyport/bus";
import { createInbox } from "./inbox.js";
import type { GuestHandlers, Link } from "./link.js";
import { laneOf, modeOf, type LinkMemory } from "./memory.js";
import { createOutbox } from "./outbox.js";

/** Records between two turns of the microtask queue, where the handlers of the guest run. */
const STEP_RECORDS = 16;
/** Looks in vain between two looks at the clock. */
const BETWEEN_LOOKS = 32;
/** How long after the last frame this side goes on looking. */
const POLL_MS = 0.1;
/** After so long the guest's timers and its port get their turn. */
const TURN_MS = 1;
const { setImmediate } = globalThis;

/**
 * The guest's end. While it is awake it looks for frames between microtasks, so that handlers go on while it
 * looks; asleep it waits for the port like any thread.
 */
export function openGuestLink(memory: LinkMemory, port: MessagePort, handlers: GuestHandlers): Link {
  const outbox = createOutbox({ lane: laneOf(memory, "toHost"), port, onDrained: handlers.onDrained });
  const inbox = createInbox({ ...handlers, lane: laneOf(memory, "toGuest"), port, nowMs });
  const mode = modeOf(memory);
  const soon = Promise.resolve();
  let closed = false;
  let awake = false;
  let turnEndsMs = 0;
  let progressMs = 0;
  let looks = 0;

  port.on("message", onMessage);
  rest();

  function onMessage(message: unknown): void {
    if (closed) return;
    guarded(() => {
      inbox.arrived(message);
      outbox.flush();
    });
    if (awake || closed) return;
    inbox.wake();
    beginTurn();
  }

  function beginTurn(): void {
    awake = true;
    progressMs = nowMs();
    turnEndsMs = progressMs + TURN_MS;
    step();
  }

  function step(): void {
    if (closed) return;
    let taken = 0;
    guarded(() => {
      taken = inbox.take(STEP_RECORDS, Infinity);
      outbox.flush();
    });
    if (taken === 0 && !mode.polling) return rest();
    if (taken > 0) progressMs = 0;
    if (++looks % BETWEEN_LOOKS === 0 && !goesOn()) return;
    void soon.then(step);
  }

  function goesOn(): boolean {
    const now = nowMs();
    if (progressMs === 0) progressMs = now;
    if (now - progressMs >= POLL_MS) {
      rest();
      return false;
    }
    if (now < turnEndsMs) return true;
    setImmediate(beginTurn);
    return false;
  }

  function rest(): void {
    awake = !inbox.sleep();
    if (awake) setImmediate(beginTurn);
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (closed) return;
      close();
      handlers.onViolation(isSallyportError(thrown) ? (thrown as SallyportError) : new SallyportError("internal", String(thrown), { cause: thrown }));
    }
  }

  /** Holds the thread up until the host has read: the bound holds for whatever was sent. */
  function held(sent: boolean): boolean {
    if (outbox.queuedBytes > handlers.maxQueuedBytes) outbox.block(handlers.maxQueuedBytes);
    return sent;
  }

  function close(): void {
    closed = true;
    inbox.close();
    outbox.clear();
  }

  return {
    send(bytes, start, end, attachment) {
      if (closed) return true;
      return held(outbox.send(bytes, start, end, attachment));
    },
    sendSoon: (bytes, start, end) => closed || held(outbox.sendSoon(bytes, start, end)),
    note(text) {
      if (!closed) outbox.note(text);
    },
    flushed: () => outbox.flushed(),
    handedOn: () => inbox.handedOn(),
    close,
  };
}

function nowMs(): number {
  return performance.now();
}
