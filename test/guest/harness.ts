import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createPeer, DEFAULT_LIMITS, SallyportError, type EventFrame, type GuestHello, type IncomingCall, type Limits, type LogFrame, type Peer } from "@sallyport/bus";
import type { Adapter, Boundary, PluginSpec } from "@sallyport/kernel";

export interface Opened {
  readonly boundary: Boundary;
  readonly peer: Peer;
  readonly hello: GuestHello;
  readonly logs: LogFrame[];
  readonly printed: string[];
  readonly events: EventFrame[];
  call(method: string, params?: unknown): Promise<unknown>;
}

export interface OpenOptions {
  readonly limits?: Partial<Limits>;
  readonly debug?: boolean;
  readonly config?: unknown;
  /** Answers the plugin's own calls. */
  readonly serve?: (method: string, params: unknown, call: IncomingCall) => unknown;
  readonly signal?: AbortSignal;
}

/** A folder with these files, removed when the test is over. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "sallyport-test-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** Starts one instance through the adapter, plays the host's side of the handshake, and ends it with the test. */
export async function open(adapter: Adapter, spec: PluginSpec, options: OpenOptions = {}): Promise<Opened> {
  const signal = options.signal ?? new AbortController().signal;
  const source = await adapter.inspect(spec, signal);
  if (source === undefined) throw new Error(`${spec.path} is not a plugin of mode ${adapter.mode}`);
  const logs: LogFrame[] = [];
  const printed: string[] = [];
  const events: EventFrame[] = [];
  let greet!: (hello: GuestHello) => void;
  const greeted = new Promise<GuestHello>((resolve) => (greet = resolve));
  const link: { boundary?: Boundary } = {};
  const peer = createPeer({
    role: "host",
    send: (frame) => link.boundary?.send(frame) ?? true,
    handlers: {
      hello: (frame) => greet(frame as GuestHello),
      request: (call) => options.serve?.(call.method, call.params, call),
      event: (frame) => void events.push(frame),
      log: (frame) => void logs.push(frame),
      bye() {},
      violation(error) {
        throw error;
      },
      stuck() {},
    },
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const opened = await adapter.open({ source, instance: "test#1", args: [], limits, sandbox: "auto", permissions: {}, debug: options.debug ?? false }, {
    receive: (frame) => peer.receive(frame),
    log: (_level, text) => void printed.push(text),
    drained: () => peer.drained(),
  }, signal);
  link.boundary = opened;
  onTestFinished(async () => void (await opened.kill()));
  void opened.exited.then((exit) => peer.close(new SallyportError("plugin_crashed", JSON.stringify(exit))));
  const hello = await greeted;
  const features = hello.features ?? [];
  peer.open({ features: new Set(features), credit: 8, eventsOut: 64, eventsIn: 64 });
  peer.hello({
    t: "hello", host: "test", version: "1.0.0", proto: "1.0", features, limits: { frame: limits.frameBytes, credit: 8, events: 64 },
    grants: [], config: options.config ?? null, instance: "test#1",
  });
  const call = (method: string, params: unknown = null): Promise<unknown> => peer.request(method, params, { timeoutMs: 20_000 }).result;
  if (features.includes("init")) await call("$init");
  return { boundary: opened, peer, hello, logs, printed, events, call };
}
