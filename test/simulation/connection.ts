import { SallyportError, type createPeer, type Frame, type IncomingCall, type Peer } from "@sallyport/bus";
import type { VirtualClock } from "./clock.js";
import type { Dice } from "./dice.js";
import { createMonitor, other, type Monitor, type Side } from "./monitor.js";

export const WINDOW = 4;
export const EVENTS = 4;
export const GRACE_MS = 50;

/** A call that a peer was asked to serve and has not answered. */
export interface Handling {
  readonly side: Side;
  readonly call: IncomingCall;
  settle(outcome: { value: unknown } | { error: unknown }): void;
  over: boolean;
}

/** Two real peers, the wires between them, and what their owners do when one reports a violation or a stuck call. */
export interface Connection {
  readonly peers: Readonly<Record<Side, Peer>>;
  readonly wires: Readonly<Record<Side, Frame[]>>;
  readonly monitor: Monitor;
  readonly handling: Set<Handling>;
  /** Events whose handler has not settled. */
  readonly hearing: Set<() => void>;
  readonly heard: Record<Side, number[]>;
  readonly closed: Record<Side, boolean>;
  /** Frames of this side vanish, and nobody is told. */
  readonly mute: Record<Side, boolean>;
  readonly hostile: boolean;
  /** Delivers the first frame that goes to `side`. */
  deliver(side: Side): void;
  /** A frame that no peer sent arrives at `side`. */
  forge(side: Side, frame: Frame): void;
  close(side: Side): void;
}

export interface ConnectionOptions {
  readonly createPeer: typeof createPeer;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly hostile: boolean;
  broken(rule: string): void;
}

const FEATURES = new Set(["stream", "cancel", "ping", "log", "progress", "events", "hostcall"]);

export function connect(options: ConnectionOptions): Connection {
  const { clock, dice, hostile } = options;
  // A guest that forges frames may confuse its own end: only the host's promises are looked at then.
  const broken = (rule: string): void => {
    if (!(hostile && rule.startsWith("guest"))) options.broken(rule);
  };
  const monitor = createMonitor({ window: WINDOW, events: EVENTS, broken });
  const capacity = 2 + dice.below(14);
  const full: Record<Side, boolean> = { host: false, guest: false };
  const wires: Record<Side, Frame[]> = { host: [], guest: [] };
  const handling = new Set<Handling>();
  const hearing = new Set<() => void>();
  const heard: Record<Side, number[]> = { host: [], guest: [] };
  const closed: Record<Side, boolean> = { host: false, guest: false };
  const mute: Record<Side, boolean> = { host: false, guest: false };

  const make = (side: Side): Peer => options.createPeer({
    role: side, clock, graceMs: GRACE_MS,
    send(frame) {
      if (closed[side]) broken(`${side} sends '${frame.t}' after its end`);
      if (frame.t === "res" && typeof frame.r === "function") throw new SallyportError("bad_value", "a function cannot cross", { path: "result" });
      if ((frame.t === "data" && typeof frame.d === "function") || (frame.t === "ev" && typeof frame.p === "function")) throw new SallyportError("bad_value", "a function cannot cross");
      monitor.sent(side, frame);
      if (mute[side]) return true;
      const wire = wires[other(side)];
      wire.push(frame);
      if (wire.length < capacity) return true;
      full[side] = true;
      return false;
    },
    handlers: {
      hello() {},
      log() {},
      bye() {},
      request: (call) => serve(side, call),
      event(frame) {
        heard[side].push(frame.p as number);
        if (dice.oneIn(4)) throw new Error("a subscriber failed");
        if (dice.oneIn(2)) return undefined;
        return new Promise<void>((resolve, reject) => {
          const done = (): void => {
            hearing.delete(done);
            if (dice.oneIn(3)) reject(new Error("a subscriber failed"));
            else resolve();
          };
          hearing.add(done);
        });
      },
      violation(error, fatal) {
        if (!hostile) broken(`${side} reports ${error.code} of a peer that keeps the rules: ${error.message}`);
        if (fatal) queueMicrotask(() => self.close(side));
      },
      stuck: () => queueMicrotask(() => self.close(side)),
    },
  });

  function serve(side: Side, call: IncomingCall): unknown {
    if (dice.oneIn(8)) return { echo: call.params };
    if (dice.oneIn(20)) throw new SallyportError("failed_precondition", "thrown at once");
    return new Promise((resolve, reject) => {
      const handle: Handling = {
        side, call, over: false,
        settle(outcome) {
          handle.over = true;
          handling.delete(handle);
          if ("value" in outcome) resolve(outcome.value);
          else reject(outcome.error as Error);
        },
      };
      handling.add(handle);
    });
  }

  const peers: Record<Side, Peer> = { host: make("host"), guest: make("guest") };
  const self: Connection = {
    peers, wires, monitor, handling, hearing, heard, closed, mute, hostile,
    deliver(side) {
      const frame = wires[side].shift();
      if (frame === undefined) return;
      const from = other(side);
      if (!closed[side]) {
        monitor.arrived(side, frame);
        peers[side].receive(frame);
      }
      if (full[from] && wires[side].length * 2 <= capacity && !closed[from]) {
        full[from] = false;
        peers[from].drained();
      }
    },
    forge(side, frame) {
      if (closed[side]) return;
      monitor.arrived(side, frame);
      peers[side].receive(frame);
    },
    close(side) {
      if (closed[side]) return;
      peers[side].close(new SallyportError("plugin_crashed", "the connection is gone", { source: "transport" }));
      closed[side] = true;
      wires[side].length = 0;
    },
  };
  peers.guest.hello({ t: "hello", name: "g", version: "1.0.0", methods: [] });
  peers.host.hello({ t: "hello", host: "h", version: "1.0.0", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "g#1" });
  self.deliver("host");
  self.deliver("guest");
  for (const side of ["host", "guest"] as const) peers[side].open({ features: FEATURES, credit: WINDOW, eventsIn: EVENTS, eventsOut: EVENTS });
  return self;
}
