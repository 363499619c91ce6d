import { createPeer, type Frame, type GuestHello, type HostHello, type IncomingCall, type Peer, type Usage } from "@sallyport/bus";
import type { Adapter, Boundary, Exit, HostEnd, Manifest } from "@sallyport/kernel";

/** A guest of a few lines, run in the test's own process: the kernel is tested without any real boundary. */
export interface Script {
  readonly manifest?: Partial<Manifest>;
  readonly hello?: Partial<GuestHello>;
  /** Never says hello. */
  readonly silent?: boolean;
  /** What the boundary measures of it. */
  usage?(guest: Guest): Usage | undefined;
  /** Does not take frames any more, pings neither. */
  deaf?(): boolean;
  /** Does not leave on bye. */
  readonly stubborn?: boolean;
  /** Runs at the start of each instance, first one 1; what it throws refuses the start. */
  opening?(count: number): void;
  /** Runs when the hello is on the wire. */
  greeted?(guest: Guest): void;
  request?(call: IncomingCall, guest: Guest): unknown;
  event?(topic: string, payload: unknown, guest: Guest): unknown;
}

export interface Guest {
  readonly peer: Peer;
  readonly host: HostHello | undefined;
  crash(exit?: Exit): void;
  /** Puts a frame on the wire as it is. */
  raw(frame: Frame): void;
}

export interface MemoryAdapter extends Adapter {
  readonly opened: Guest[];
  readonly live: number;
}

const ALL = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"];

export function memory(scripts: Readonly<Record<string, Script>>, facts: Partial<Pick<Adapter, "mode" | "trust" | "traits">> = {}): MemoryAdapter {
  const opened: Guest[] = [];
  let live = 0;
  let attempts = 0;
  return {
    mode: "memory",
    entries: ["listed"],
    trust: "untrusted",
    traits: { memory: "shared", crash: "fatal", stop: "cooperative", authority: "ambient", copies: false, stops: "nothing", costs: "nothing" },
    ...facts,
    opened,
    get live() {
      return live;
    },
    async inspect({ path }) {
      const script = scripts[path];
      if (script === undefined) return undefined;
      const manifest: Manifest | undefined = script.manifest && { name: path, version: "1.0.0", entry: path, ...script.manifest };
      return { name: path, kind: "listed", root: "/", entry: path, manifest };
    },
    async open({ source }, host) {
      scripts[source.entry]?.opening?.(++attempts);
      return openGuest(scripts[source.entry] as Script, source.entry, host, opened, (n) => (live += n));
    },
    async [Symbol.asyncDispose]() {},
  };
}

function openGuest(script: Script, name: string, host: HostEnd, opened: Guest[], count: (n: number) => void): Boundary {
  let over = false;
  let settle!: (exit: Exit) => void;
  const exited = new Promise<Exit>((resolve) => (settle = resolve));
  const end = (exit: Exit): Promise<Exit> => {
    if (!over) {
      over = true;
      count(-1);
      settle(exit);
    }
    return exited;
  };
  let greeting: HostHello | undefined;
  const toHost = (frame: Frame): boolean => {
    queueMicrotask(() => over || host.receive(frame));
    return true;
  };
  const peer = createPeer({
    role: "guest",
    send: toHost,
    handlers: {
      hello(frame) {
        greeting = frame as HostHello;
        peer.open({ features: new Set(greeting.features), credit: 8, eventsOut: greeting.limits.events ?? 8, eventsIn: script.hello?.limits?.events ?? 64 });
      },
      request: (call) => script.request?.(call, guest),
      event: (frame) => script.event?.(frame.m, frame.p, guest),
      log() {},
      bye() {
        if (script.stubborn === true) return;
        const leave = setInterval(() => {
          if (peer.incoming > 0 && !over) return;
          clearInterval(leave);
          void end({ exitCode: 0 });
        }, 1);
      },
      violation() {},
      stuck() {},
    },
  });
  const guest: Guest = { peer, get host() { return greeting; }, crash: (exit = { exitCode: 1 }) => void end(exit), raw: (frame) => void toHost(frame) };
  opened.push(guest);
  count(1);
  if (script.silent !== true) peer.hello({ t: "hello", name, version: "1.0.0", methods: [], features: ALL, limits: { inflight: 8 }, ...script.hello });
  script.greeted?.(guest);
  return {
    label: `memory ${opened.length}`,
    ...(script.usage && { usage: async () => script.usage?.(guest) }),
    exited,
    send(frame) {
      queueMicrotask(() => over || script.deaf?.() === true || peer.receive(frame));
      return true;
    },
    end() {},
    kill: () => end({ signal: "KILL" }),
    async [Symbol.asyncDispose]() {
      await end({ signal: "KILL" });
    },
  };
}
