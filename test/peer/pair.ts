import { createPeer, SallyportError, type Agreed, type Clock, type Frame, type IncomingCall, type Peer, type PeerHandlers } from "@sallyport/bus";

/** Time that only the test moves. */
export function manualClock(): Clock & { advance(ms: number): Promise<void>; leap(ms: number): void } {
  let now = 0;
  let timers: { at: number; fn(): void }[] = [];
  return {
    now: () => now,
    turnNow: () => now,
    setTimeout(fn, ms) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer !== handle);
    },
    // All at once, as for a program that did not run meanwhile: timers fire late.
    leap(ms) {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
        timers = timers.filter((other) => other !== timer);
        timer.fn();
      }
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = next.at;
        timers = timers.filter((timer) => timer !== next);
        next.fn();
      }
      now = end;
      await settle();
    },
  };
}

/** Long enough for every frame that is under way in memory to arrive and be answered. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export interface Pair {
  readonly host: Peer;
  readonly guest: Peer;
  /** Every frame that was sent, with its sender. */
  readonly wire: { from: "host" | "guest"; frame: Frame }[];
  readonly violations: { by: "host" | "guest"; error: SallyportError; fatal: boolean }[];
  readonly stuck: string[];
  /** While true, the host's wire reports that it is full. */
  full: boolean;
}

export interface PairOptions {
  readonly clock?: Clock;
  readonly features?: readonly string[];
  readonly agreed?: Partial<Agreed>;
  readonly host?: Partial<PeerHandlers>;
  readonly guest?: Partial<PeerHandlers>;
  request?(call: IncomingCall): unknown;
}

/** A host and a guest peer past their handshake, joined in memory. */
export async function pair(options: PairOptions = {}): Promise<Pair> {
  const wire: Pair["wire"] = [];
  const violations: Pair["violations"] = [];
  const stuck: string[] = [];
  const agreed: Agreed = {
    features: new Set(options.features ?? ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"]),
    credit: 4, eventsIn: 4, eventsOut: 4, ...options.agreed,
  };
  const make = (from: "host" | "guest", to: () => Peer, handlers: Partial<PeerHandlers> | undefined): Peer =>
    createPeer({
      role: from,
      graceMs: 1000,
      ...(options.clock && { clock: options.clock }),
      send(frame) {
        // Stands for a codec, which refuses what is not plain data.
        if (frame.t === "res" && typeof frame.r === "function") throw new SallyportError("bad_value", "result is a function", { path: "result" });
        wire.push({ from, frame });
        queueMicrotask(() => to().receive(frame));
        return !(from === "host" && self.full);
      },
      handlers: {
        hello() {}, request: () => null, event() {}, log() {}, bye() {},
        violation: (error, fatal) => violations.push({ by: from, error, fatal }),
        stuck: (_call, method) => stuck.push(method),
        ...handlers,
      },
    });
  const guest: Peer = make("guest", () => host, { ...(options.request && { request: options.request }), ...options.guest });
  const host: Peer = make("host", () => guest, options.host);
  const self: Pair = { host, guest, wire, violations, stuck, full: false };
  guest.hello({ t: "hello", name: "g", version: "1.0.0", methods: [] });
  host.hello({ t: "hello", host: "h", version: "1.0.0", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "g#1" });
  await settle();
  host.open(agreed);
  guest.open(agreed);
  wire.length = 0;
  return self;
}
