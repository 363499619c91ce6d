import { performance } from "node:perf_hooks";
import type { MessagePort } from "node:worker_threads";
import { createRate, isSallyportError, SallyportError } from "@sallyport/bus";
import { usableCpus } from "./cpus.js";
import { createInbox } from "./inbox.js";
import type { HostHandlers, Link } from "./link.js";
import { laneOf, modeOf, type LinkMemory } from "./memory.js";
import { createOutbox } from "./outbox.js";
import { createPermits, type Permits } from "./permits.js";
import { createTuner } from "./tuner.js";
import { createTurns, type Turns } from "./turns.js";

/** The host's links. They share one chain of turns, so many cost the event loop no more than one. */
export interface Links {
  open(memory: LinkMemory, port: MessagePort, handlers: HostHandlers): Link;
}

export interface LinksOptions {
  /** Whether a side may look again for a moment before it sleeps. Default: where there is more than one CPU. */
  readonly poll?: boolean;
}

/** Records of one link a turn. */
const TURN_RECORDS = 256;
/** How long after the last frame, or the start of a call, this side goes on looking. */
const POLL_MS = 0.1;
const NOT_BUSY = -1;
/** A day; engines fire at once beyond 2^31. */
const LONGEST_REST_MS = 86_400_000;

export function createLinks(options: LinksOptions = {}): Links {
  const turns = createTurns(nowMs);
  const cpus = usableCpus();
  const canPoll = options.poll ?? cpus > 1;
  const permits = createPermits(Math.max(1, cpus - 1));
  return { open: (memory, port, handlers) => openHostLink(turns, permits, canPoll, memory, port, handlers) };
}

function nowMs(): number {
  return performance.now();
}

function openHostLink(turns: Turns, permits: Permits, canPoll: boolean, memory: LinkMemory, port: MessagePort, handlers: HostHandlers): Link {
  const outbox = createOutbox({ lane: laneOf(memory, "toGuest"), port, onDrained: handlers.onDrained });
  const inbox = createInbox({
    ...handlers, lane: laneOf(memory, "toHost"), port, nowMs,
    onFrame(bytes, start, end, attachment) {
      cameBytes += end - start + (attachment?.length ?? 0);
      handlers.onFrame(bytes, start, end, attachment);
    },
  });
  const rate = createRate(handlers.bytesPerSecond ?? Infinity);
  const tuner = createTuner(canPoll);
  const mode = modeOf(memory);
  const worker = { turn };
  const holder = { busy: () => handlers.busy(), lost: () => setPolling(false) };
  let polling = false;
  let closed = false;
  let awake = false;
  let cameBytes = 0;
  let resting: NodeJS.Timeout | undefined;
  /** The other side has ended: what is here is handed on without a rest. */
  let hurried = false;
  let progressMs = 0;
  let busySinceMs = NOT_BUSY;

  port.on("message", onMessage);
  if (!inbox.sleep()) join();

  function join(): void {
    if (awake || closed) return;
    awake = true;
    inbox.wake();
    turns.join(worker);
  }

  function onMessage(message: unknown): void {
    if (closed) return;
    guarded(() => {
      inbox.arrived(message);
      outbox.flush();
    });
    if (awake || closed) return;
    awake = true;
    inbox.wake();
    turns.joinNow(worker);
  }

  function turn(now: number, untilMs: number): boolean {
    let taken = 0;
    guarded(() => {
      taken = inbox.take(TURN_RECORDS, untilMs);
      outbox.flush();
    });
    if (closed) return false;
    if (cameBytes > 0 && rests(now)) return false;
    if (taken > 0) {
      progressMs = nowMs();
      if (canPoll) measure(taken);
    }
    // Where many came, more are on their way: looking once more is cheaper than another doorbell.
    if (taken > 1) return true;
    if (polling && now - progressMs < POLL_MS && handlers.busy()) return true;
    awake = !inbox.sleep();
    return awake;
  }

  /** Awake to the other side, which rings no bell then, but with no turn until the average fits. */
  function rests(now: number): boolean {
    const waitMs = hurried ? 0 : rate.spend(now, cameBytes);
    cameBytes = 0;
    if (waitMs === 0) return false;
    handlers.onRested?.();
    resting = setTimeout(wakeUp, Math.min(waitMs, LONGEST_REST_MS)).unref();
    return true;
  }

  function wakeUp(): void {
    clearTimeout(resting);
    resting = undefined;
    if (!closed) turns.join(worker);
  }

  function measure(frames: number): void {
    // Without a permit a trial of polling would tell nothing.
    if (busySinceMs !== NOT_BUSY && tuner.polling === polling) tuner.observe(frames, progressMs - busySinceMs);
    busySinceMs = handlers.busy() ? progressMs : NOT_BUSY;
    if (busySinceMs !== NOT_BUSY) tune();
  }

  /** As the tuner wants it, if there is a permit. Kept when no call is open any more: the next one most likely follows at once. */
  function tune(): void {
    if (tuner.polling === polling) return;
    if (tuner.polling) setPolling(permits.take(holder));
    else {
      permits.give(holder);
      setPolling(false);
    }
  }

  function setPolling(on: boolean): void {
    if (on === polling) return;
    polling = on;
    mode.polling = on;
  }

  function expectAnswer(): void {
    if (!handlers.busy()) return;
    if (busySinceMs === NOT_BUSY) busySinceMs = nowMs();
    tune();
    if (!polling || awake) return;
    progressMs = nowMs();
    join();
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      fail(isSallyportError(thrown) ? (thrown as SallyportError) : new SallyportError("internal", String(thrown), { cause: thrown }));
    }
  }

  function put(send: () => boolean): boolean {
    let sent = true;
    try {
      sent = send();
    } catch (thrown) {
      if (!isSallyportError(thrown) || (thrown as SallyportError).code !== "protocol_violation") throw thrown;
      fail(thrown as SallyportError);
    }
    if (outbox.queuedBytes > handlers.maxQueuedBytes) {
      fail(new SallyportError("resource_exhausted", `the plugin does not read: ${outbox.queuedBytes} bytes wait for it`));
    }
    return sent;
  }

  function fail(error: SallyportError): void {
    if (closed) return;
    close();
    handlers.onViolation(error);
  }

  function close(): void {
    closed = true;
    clearTimeout(resting);
    permits.give(holder);
    inbox.close();
    outbox.clear();
  }

  return {
    send(bytes, start, end, attachment) {
      if (closed) return true;
      const sent = put(() => outbox.send(bytes, start, end, attachment));
      if (canPoll) expectAnswer();
      return sent;
    },
    sendSoon: (bytes, start, end) => closed || put(() => outbox.sendSoon(bytes, start, end)),
    note(text) {
      if (!closed) outbox.note(text);
    },
    flushed: () => outbox.flushed(),
    handedOn() {
      hurried = true;
      if (resting !== undefined) wakeUp();
      // A side that was terminated between its record and its bell has left this one asleep.
      else join();
      return inbox.handedOn();
    },
    close,
  };
}
