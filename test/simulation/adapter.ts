import { createPeer, SallyportError, type Frame, type HostHello, type IncomingCall, type Peer } from "@sallyport/bus";
import type { Adapter, Boundary, Exit, HostEnd } from "@sallyport/kernel";
import type { VirtualClock } from "./clock.js";
import type { Dice } from "./dice.js";

/** An instance as the simulation has it: whatever it does, it is told to do so by the dice. */
export interface Player {
  readonly plugin: string;
  readonly mode: string;
  /** It was told to leave. */
  readonly relieved: boolean;
  readonly peer: Peer;
  readonly over: boolean;
  readonly incoming: ReadonlyMap<IncomingCall, (outcome: { value: unknown } | { error: unknown }) => void>;
  /** Frames on their way to each end. */
  readonly wires: { readonly host: Frame[]; readonly guest: Frame[] };
  deliver(to: "host" | "guest"): void;
  crash(exit: Exit): void;
  /** Puts a frame on the wire as it is. */
  raw(frame: Frame): void;
}

export interface SimulatedAdapter extends Adapter {
  readonly opening: number;
}

/** The longest that an instance takes to start; some are given up before. */
export const SLOW_START_MS = 700;

/** The two ways of running the same plugins. */
export const MODES = ["simulated", "elsewhere"] as const;

export interface AdapterOptions {
  readonly mode: (typeof MODES)[number];
  /** Of both modes. */
  readonly players: Player[];
  readonly clock: VirtualClock;
  readonly dice: Dice;
  /** Nothing goes wrong any more: the end of an episode. */
  readonly calm: () => boolean;
  broken(rule: string): void;
  /** Whether a plugin was moved since it was loaded: one that drains may then live beside others. */
  roams(plugin: string): boolean;
}

/** Each plugin `p0`, `p1`, ... offers `p0.work`. */
export function simulatedAdapter({ mode, players, clock, dice, calm, broken, roams }: AdapterOptions): SimulatedAdapter {
  let opening = 0;
  const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, ms));

  return {
    mode,
    entries: ["listed"],
    trust: "untrusted",
    traits: { memory: "separate", crash: "contained", stop: "preemptive", authority: "granted", copies: true, stops: "nothing", costs: "nothing" },
    get opening() {
      return opening;
    },
    async inspect({ path }) {
      return { name: path, kind: "listed", root: "/", entry: path, manifest: { name: path, version: "1.0.0", entry: path, methods: { [`${path}.work`]: {}, [`${path}.items`]: { stream: "out" } }, events: ["t.*"] } };
    },
    async open({ source, limits }, host, signal) {
      opening++;
      try {
        // One plugin, one instance in each mode: the next one starts when the last one is gone. A move starts one beside those of the other mode.
        if (players.some((player) => player.plugin === source.name && player.mode === mode && !player.over && !(roams(source.name) && player.relieved))) broken(`${source.name} starts beside itself`);
        if (!calm() && dice.oneIn(3)) await wait(dice.below(SLOW_START_MS));
        if (!calm() && dice.oneIn(6)) throw new Error("it cannot be started");
        signal.throwIfAborted();
        return start(source.name, host, limits.frameBytes > 0);
      } finally {
        opening--;
      }
    },
    async [Symbol.asyncDispose]() {},
  };

  function start(plugin: string, host: HostEnd, greets: boolean): Boundary {
    let over = false;
    let left = false;
    let settle!: (exit: Exit) => void;
    const exited = new Promise<Exit>((resolve) => (settle = resolve));
    const incoming = new Map<IncomingCall, (outcome: { value: unknown } | { error: unknown }) => void>();
    const wires: { host: Frame[]; guest: Frame[] } = { host: [], guest: [] };
    const end = (exit: Exit): Promise<Exit> => {
      if (!over) {
        over = true;
        peer.close(new SallyportError("plugin_crashed", "it is over"));
        wires.host.length = wires.guest.length = 0;
        settle(exit);
      }
      return exited;
    };
    // A stubborn one leaves only when it is killed.
    const stubborn = !calm() && dice.oneIn(4);
    const peer = createPeer({
      role: "guest", clock, graceMs: 100,
      send: (frame) => {
        if (!over) wires.host.push(frame);
        return true;
      },
      handlers: {
        hello(frame) {
          const { features, limits } = frame as HostHello;
          peer.open({ features: new Set(features), credit: 4, eventsOut: limits.events ?? 4, eventsIn: 4 });
        },
        request: (call) => new Promise((resolve, reject) => {
          incoming.set(call, (outcome) => {
            incoming.delete(call);
            if ("value" in outcome) resolve(outcome.value);
            else reject(outcome.error as Error);
          });
        }),
        event: () => undefined,
        log() {},
        bye() {
          if (!stubborn) void end({ exitCode: 0 });
        },
        violation: (error) => broken(`${plugin}: the host broke the protocol: ${error.message}`),
        stuck() {},
      },
    });
    players.push({
      plugin, mode, peer, incoming, wires,
      get relieved() {
        return left;
      },
      get over() {
        return over;
      },
      deliver(to) {
        const frame = wires[to].shift();
        if (frame === undefined || over) return;
        if (to === "host") host.receive(frame);
        else peer.receive(frame);
      },
      crash: (exit) => void end(exit),
      raw: (frame) => void wires.host.push(frame),
    });
    if (greets && (calm() || !dice.oneIn(10))) peer.hello({ t: "hello", name: plugin, version: "1.0.0", methods: [`${plugin}.work`, `${plugin}.items`], events: ["t.*"], features: ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"], limits: { inflight: 3, events: 4 } });
    return {
      label: plugin, exited,
      send(frame) {
        if (frame.t === "bye") left = true;
        if (!over) wires.guest.push(frame);
        return true;
      },
      end() {
        if (!stubborn) void end({ exitCode: 0 });
      },
      kill: () => end({ signal: "SIGKILL" }),
      async [Symbol.asyncDispose]() {
        await end({ signal: "SIGKILL" });
      },
    };
  }
}
