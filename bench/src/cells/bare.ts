import type * as Bus from "@sallyport/bus";
import type { Adapter } from "@sallyport/kernel";
import { ORDER } from "../payloads.js";
import { inLanes } from "../sample/lanes.js";
import { sampleWork } from "../sample/sampler.js";
import { modeOf, type Mode } from "../subjects/modes.js";
import type { Echo } from "../subjects/subject.js";
import { assertEcho } from "./assert-echo.js";
import type { CellPlan } from "./cell.js";

const WIDTH = 64;
/** The kernel's default. */
const TIMEOUT_MS = 30_000;
const NAMES = ["inline", "worker", "process", "c"] as const;

/** The same call with the kernel left out: the adapter's boundary, the bus's peer, and a handshake by hand. */
export function bareCells(): readonly CellPlan[] {
  return NAMES.map(modeOf).map((mode) => ({
    facts: {
      id: `${mode.name}/bare/S/${WIDTH}`, question: "kernel", mode: mode.name, baseline: false, what: `S, ${WIDTH} in flight, bare boundary`,
      payload: "S", inFlight: WIDTH, direction: "bare", pinned: false, unit: "calls/s", better: "higher",
    },
    reference: `port/S/${WIDTH}`,
    quick: true,
    seconds: 1.3,
    async measure(pace) {
      const adapter = await mode.prepare();
      if (typeof adapter === "string") return { unavailable: adapter };
      const bus = await import("@sallyport/bus");
      await using made = adapter();
      await using line = await openBare(made, mode, bus);
      assertEcho(await line.echo(ORDER), ORDER);
      const { unitSeconds, marginPercent, samples } = await sampleWork(pace, (calls) => inLanes(WIDTH, calls, () => line.echo(ORDER)));
      return { value: WIDTH / unitSeconds, marginPercent, samples };
    },
  }));
}

async function openBare(adapter: Adapter, mode: Mode, { createPeer, DEFAULT_LIMITS, SallyportError, toWireLimits }: typeof Bus): Promise<Echo> {
  const { signal } = new AbortController();
  const source = await adapter.inspect(mode.spec, signal);
  if (source === undefined) throw new Error(`mode ${mode.name} does not run ${mode.spec.path}`);
  const limits = { ...DEFAULT_LIMITS, ...mode.spec.limits };
  let greeted!: () => void;
  const hello = new Promise<void>((resolve) => (greeted = resolve));
  const features: Bus.HostHello["features"] = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"];
  let send: Parameters<typeof createPeer>[0]["send"] = () => false;
  const peer = createPeer({
    role: "host",
    send: (frame) => send(frame),
    handlers: {
      hello() {
        peer.open({ features: new Set(features), credit: limits.credit, eventsOut: limits.events, eventsIn: limits.events });
        peer.hello({ t: "hello", host: "bench", version: "0.0.0", proto: "1.0", features, limits: toWireLimits(limits), grants: [], config: null, instance: "bench#0" });
        greeted();
      },
      request() {}, event() {}, log() {}, bye() {}, violation() {}, stuck() {},
    },
  });
  // A hello may come before the boundary is there; its answer waits for it.
  const early: Parameters<typeof send>[0][] = [];
  send = (frame) => early.push(frame) > 0;
  const boundary = await adapter.open({ source, instance: "bench#0", args: [], limits, sandbox: mode.spec.sandbox ?? "auto", permissions: mode.spec.permissions ?? {}, debug: false }, { receive: (frame) => peer.receive(frame), log() {}, drained: () => peer.drained() }, signal);
  for (const frame of early) boundary.send(frame);
  send = (frame) => boundary.send(frame);
  void boundary.exited.then(() => peer.close(new SallyportError("plugin_crashed", `the bare ${mode.name} ended`)));
  await hello;
  const echo = (payload: unknown): Promise<unknown> => new Promise((resolve, reject) => {
    peer.begin(mode.echo, payload, { timeoutMs: TIMEOUT_MS }, { resolve, reject, released() {} });
  });
  return { echo, [Symbol.asyncDispose]: async () => void (await boundary.kill()) };
}
