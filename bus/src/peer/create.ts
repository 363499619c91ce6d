import { systemClock } from "../clock.js";
import { SallyportError } from "../errors.js";
import { isName, type EventFrame, type Frame } from "../frame.js";
import type { CancelController } from "../signal.js";
import { createCallTable } from "./call-table.js";
import type { PeerContext } from "./context.js";
import { createDeadlines } from "./deadlines.js";
import { createGate, type Gate } from "./gate.js";
import { acceptIncoming, type Incoming } from "./incoming.js";
import { createLiveness } from "./liveness.js";
import { createOutgoing, quietly, type Outgoing } from "./outgoing.js";
import type { CallSink, Peer, PeerOptions, RequestOptions } from "./peer.js";
import { promisedCall } from "./promised.js";

const DEFAULT_GRACE_MS = 1000;

/** The state machine of one end of a connection; see `Peer`. */
export function createPeer(options: PeerOptions): Peer {
  const { handlers } = options;
  const outgoing = createCallTable<Outgoing>();
  const incoming = createCallTable<Incoming>();
  // Host-initiated ids are odd, guest-initiated ones even, so an id names one call whatever the direction.
  let lastId = options.role === "host" ? -1 : 0;
  let greeted = false;
  let violations = 0;
  let full: { wait: Promise<void>; go(): void } | undefined;
  let eventsOut: Gate = createGate(0);
  let hearsEvents = false;
  let eventsIn = 0;
  let eventsTaken = 0;

  const clock = options.clock ?? systemClock();
  const context: PeerContext = {
    clock,
    deadlines: createDeadlines(clock),
    now: () => clock.turnNow(),
    handlers,
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    stack: options.stack ?? false,
    remote: options.role === "host" ? "plugin" : "host",
    controller: options.controller ?? engineController,
    agreed: undefined,
    closed: undefined,
    send(frame, given) {
      if (context.closed || options.send(frame, given) || full) return;
      let go!: () => void;
      full = { wait: new Promise((resolve) => (go = resolve)), go };
    },
    room: () => full?.wait,
    overdrawn(what) {
      const error = new SallyportError("credit_violation", what);
      handlers.violation(error, ++violations > 1);
      return error;
    },
  };
  const liveness = createLiveness(context);

  function begin(method: string, params: unknown, requestOptions: RequestOptions, sink: CallSink): Outgoing {
    const id = (lastId += 2);
    const call = createOutgoing(context, outgoing, id, method, params, requestOptions, sink);
    outgoing.set(id, call);
    call.start();
    return call;
  }

  function emit(frame: EventFrame): boolean {
    if (!isName(frame.m)) throw new SallyportError("invalid_argument", "a topic has 1 to 256 characters", { path: "topic", help: "Name the topic that the event belongs to." });
    if (context.closed || !hearsEvents || full || !eventsOut.tryTake()) return false;
    try {
      context.send(frame);
    } catch (error) {
      eventsOut.give(1);
      throw error;
    }
    return true;
  }

  function event(frame: EventFrame): void {
    if (eventsIn === 0) {
      context.overdrawn(`event ${frame.m} was sent without credit`);
      return;
    }
    eventsIn--;
    const handled = (): void => {
      eventsTaken++;
      const window = context.agreed?.eventsIn ?? 0;
      if (eventsTaken * 2 < window) return;
      eventsIn += eventsTaken;
      const n = eventsTaken;
      eventsTaken = 0;
      quietly(() => context.send({ t: "credit", id: 0, n }));
    };
    let outcome: unknown;
    try {
      outcome = handlers.event(frame);
    } catch {
      // A subscriber's failure is reported by whoever owns it; credit must not leak with it.
    }
    if (outcome instanceof Promise) outcome.then(handled, handled);
    else handled();
  }

  function call(frame: Frame & { id: number }): void {
    const mine = frame.id % 2 === (options.role === "host" ? 1 : 0);
    if (!mine) return incomingFrame(frame);
    const open = outgoing.get(frame.id);
    if (open === undefined) {
      // A finished id may still be talked about; one that was never given out may not.
      if (frame.id > lastId) fatal(`frame '${frame.t}' names the call ${frame.id}, which was never made`);
      return;
    }
    if (frame.t === "res" || frame.t === "err") open.terminal(frame);
    else if (frame.t === "data") open.data(frame);
    else if (frame.t === "credit") open.credit(frame);
    else if (frame.t === "prog") open.progress(frame);
  }

  function incomingFrame(frame: Frame & { id: number }): void {
    if (frame.t === "res" || frame.t === "err" || frame.t === "prog") {
      fatal(`frame '${frame.t}' answers the call ${frame.id}, which its own sender made`);
      return;
    }
    const open = incoming.get(frame.id);
    if (frame.t === "data") open?.data(frame);
    else if (frame.t === "end") open?.end();
    else if (frame.t === "credit") open?.credit(frame);
    else if (frame.t === "cancel") open?.cancel(frame.why);
  }

  function accept(frame: Frame & { t: "req" }): void {
    if (frame.id % 2 === (options.role === "host" ? 1 : 0)) return fatal(`request ${frame.id} uses an id of the other side; a plugin's ids are even, the host's odd`);
    if (incoming.get(frame.id) !== undefined) return fatal(`request ${frame.id} uses the id of a call that is still open`);
    const call = acceptIncoming(context, frame, incoming);
    incoming.set(frame.id, call);
    call.run();
  }

  function fatal(what: string): void {
    handlers.violation(new SallyportError("protocol_violation", what), true);
  }

  function receive(frame: Frame): void {
    if (context.closed) return;
    if (!greeted) {
      if (frame.t !== "hello") return fatal(`the first frame must be 'hello', got '${frame.t}'`);
      greeted = true;
      return handlers.hello(frame);
    }
    // A side whose hello was refused must not be served: its frames may be right behind its hello.
    if (context.agreed === undefined) return fatal(`frame '${frame.t}' came before the handshake was over`);
    switch (frame.t) {
      case "hello":
        return fatal("a second 'hello'");
      case "req":
        return accept(frame);
      case "credit":
        if (frame.id !== 0) return call(frame);
        eventsOut.give(frame.n);
        return handlers.eventCredit?.();
      case "ev":
        return event(frame);
      case "log":
        return handlers.log(frame);
      case "ping":
        return quietly(() => context.send({ t: "pong", n: frame.n }));
      case "pong":
        return liveness.pong(frame.n);
      case "bye":
        return handlers.bye(frame);
      default:
        return call(frame);
    }
  }

  return {
    receive,
    hello: (frame) => context.send(frame),
    open(agreed) {
      context.agreed = agreed;
      hearsEvents = agreed.features.has("events");
      eventsOut = createGate(agreed.eventsOut);
      eventsIn = agreed.eventsIn;
    },
    begin,
    request: (method, params, requestOptions = {}) => promisedCall((sink) => begin(method, params, requestOptions, sink)),
    emit,
    publish: (topic, payload, meta) => emit({ t: "ev", m: topic, p: payload ?? null, ...(meta && { meta }) }),
    log(level, message, fields, id) {
      if (context.agreed?.features.has("log") !== true) return;
      quietly(() => context.send({ t: "log", lv: level, msg: message, ...(fields && { f: fields }), ...(id !== undefined && { id }) }));
    },
    ping: (timeoutMs) => liveness.ping(timeoutMs),
    probe: () => liveness.probe(),
    bye: (why, ms) => quietly(() => context.send({ t: "bye", why, ...(ms !== undefined && { ms }) })),
    drained() {
      const was = full;
      full = undefined;
      was?.go();
      handlers.eventCredit?.();
    },
    close(error) {
      if (context.closed) return;
      context.closed = error;
      full?.go();
      liveness.close(error);
      for (const open of outgoing.all()) open.close(error);
      for (const open of incoming.all()) open.cancel("closed", error);
      incoming.clear();
      context.deadlines.close();
    },
    opened: (id) => outgoing.get(id)?.sink,
    accepted: () => incoming.all(),
    get outgoing() {
      return outgoing.size;
    },
    get incoming() {
      return incoming.size;
    },
  };
}

function engineController(): CancelController {
  const { AbortController } = globalThis as unknown as { AbortController: new () => CancelController };
  return new AbortController();
}
