import { MessageChannel } from "node:worker_threads";
import { boundsOf, readErrorObject, SallyportError, toErrorObject, FRAME_BYTES_BEFORE_HELLO, type ErrorObject, type Frame, type Limits } from "@sallyport/bus";
import { createThreadWire, type PreparedModule, type ThreadNote } from "@sallyport/guest";
import type { Boundary, Exit, HostEnd, OpenRequest, Usage } from "@sallyport/kernel";
import { createLinkMemory, type Links } from "@sallyport/ring";
import { createCallCount } from "./call-count.js";
import type { Pool } from "./pool.js";
import { withResolvers, type Resolvers } from "./resolvers.js";
import { createThreadMeter } from "./thread-meter.js";

export interface StartOptions {
  readonly pool: Pool;
  readonly links: Links;
  readonly prepared: PreparedModule;
  readonly request: OpenRequest;
  readonly host: HostEnd;
  readonly reuse: boolean;
  readonly signal: AbortSignal;
}

/** A thread that does not end within this time of its termination is stuck in native code, ms. */
const TERMINATION_MS = 500;

/** Starts one instance and resolves when its thread has taken it. */
export async function startThread(options: StartOptions): Promise<Boundary> {
  const { pool, links, prepared, request, host, signal } = options;
  const { source, limits, instance } = request;
  const { port1: port, port2 } = new MessageChannel();
  // Fresh and zeroed: nothing of an earlier instance of the thread is in it.
  const memory = createLinkMemory();
  const terminate = new AbortController();
  const started = withResolvers<string>();
  const ended = withResolvers<Exit>();
  const calls = createCallCount();
  let over = false;
  let greeted = false;
  // Why this side gave up on it, or what the thread said about its end.
  let reason: Omit<Exit, "instance"> | undefined;

  const link = links.open(memory, port, {
    onFrame: take,
    onNote: (note) => heed(JSON.parse(note) as ThreadNote),
    onDrained: () => host.drained(),
    onViolation: giveUp,
    maxFrameBytes: () => (greeted ? limits.frameBytes : Math.min(limits.frameBytes, FRAME_BYTES_BEFORE_HELLO)),
    maxQueuedBytes: mostQueuedBytes(limits),
    busy: () => calls.open > 0,
    bytesPerSecond: limits.bytesPerSecond,
    onRested: () => host.limited?.("bytesPerSecond", limits.bytesPerSecond + 1),
  });
  let bytesIn = 0;
  let bytesOut = 0;
  let meter: (() => Promise<Usage>) | undefined;
  let asked: Resolvers<number | undefined> | undefined;
  const wire = createThreadWire({
    send(bytes, start, end, attachment) {
      bytesOut += end - start + (attachment?.byteLength ?? 0);
      return link.send(bytes, start, end, attachment);
    },
    sendSoon(bytes, start, end) {
      bytesOut += end - start;
      return link.sendSoon(bytes, start, end);
    },
  });
  const closed = new Promise<void>((resolve) => port.once("close", resolve));

  const running = pool.run({
    port: port2, memory, code: prepared.code, name: source.name, version: source.manifest?.version ?? "0.0.0", args: request.args,
    // Always: the position of an error is worth more than the cost of a stack. It is mapped and cut below.
    stack: true, maxTimers: limits.timers, frameBytes: limits.frameBytes, reuse: options.reuse,
  }, terminate.signal);
  void running.then(() => undefined, (thrown: unknown) => thrown).then(settle);

  const onAbort = (): void => {
    reason ??= {};
    terminate.abort();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  void ended.promise.then((exit) => started.reject(exit.error ?? new SallyportError("spawn_failed", `the thread of ${instance} ended before it took the plugin`)));
  let label: string;
  try {
    label = await started.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }

  return { label, exited: ended.promise, usage, send, end, kill, [Symbol.asyncDispose]: async () => void (await kill()) };

  function take(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): void {
    if (over) return;
    bytesIn += end - start + (attachment?.byteLength ?? 0);
    const frame = wire.read(bytes, start, end, attachment);
    if (frame === undefined) return;
    calls.received(frame);
    host.receive(frame.t === "err" ? { ...frame, e: mapped(readErrorObject(frame.e)) } : frame);
  }

  function heed(note: ThreadNote): void {
    if (over) return;
    if (note.note === "started") {
      meter = createThreadMeter({ worker: pool.thread(note.thread), taskId: note.task, ask });
      return started.resolve(`thread ${note.thread}`);
    }
    if (note.note === "usage") {
      asked?.resolve(note.memoryBytes);
      asked = undefined;
      return;
    }
    if (note.error !== undefined) host.log("error", `uncaught error: ${note.error.msg}`);
    reason ??= note.error ? { error: mapped(note.error) } : note.clean ? { exitCode: 0 } : {};
    if (!note.clean || !options.reuse) terminate.abort();
  }

  /** One question at a time: what a busy thread has not answered yet is not asked again. */
  function ask(): Promise<number | undefined> {
    if (asked === undefined) {
      asked = withResolvers();
      link.note("usage");
    }
    return asked.promise;
  }

  async function usage(): Promise<Usage | undefined> {
    return over ? undefined : { ...(await meter?.()), bytesIn, bytesOut };
  }

  function mapped(error: ErrorObject): ErrorObject {
    const { stack, ...rest } = prepared.mapError(error);
    return request.debug && stack !== undefined ? { ...rest, stack } : rest;
  }

  function giveUp(thrown: unknown): void {
    reason ??= { error: { ...toErrorObject(thrown), source: "transport" } };
    terminate.abort();
  }

  // The task is over: by itself, by its own failure, or because it was terminated.
  async function settle(thrown: unknown): Promise<void> {
    const failure = thrown as { readonly code?: unknown; readonly message?: unknown } | undefined;
    if (thrown !== undefined && !terminate.signal.aborted) {
      const oom = failure?.code === "ERR_WORKER_OUT_OF_MEMORY";
      reason ??= { ...(oom && { oom }), stderrTail: [String(failure?.message ?? thrown)] };
    }
    const stuck = withResolvers<void>();
    const timer = setTimeout(stuck.resolve, TERMINATION_MS);
    await Promise.race([closed, stuck.promise]);
    clearTimeout(timer);
    if (!over) await link.handedOn();
    over = true;
    link.close();
    port.close();
    ended.resolve({ ...reason, instance });
  }

  function send(frame: Frame, given?: boolean): boolean {
    if (over) return true;
    // First, since what follows asks whether an answer is to be expected.
    calls.sent(frame);
    try {
      return wire.send(frame, limits.frameBytes, given);
    } catch (thrown) {
      calls.unsent(frame);
      throw thrown;
    } finally {
      if (frame.t === "hello") {
        greeted = true;
        wire.bound(boundsOf(limits), boundsOf(limits));
      }
    }
  }

  // There is no way to close a port's one direction, and a guest whose host is gone has nothing left to say.
  function end(): void {
    terminate.abort();
  }

  async function kill(): Promise<Exit> {
    over = true;
    terminate.abort();
    return ended.promise;
  }
}

/** What the kernel can send without asking for room: the calls that it opens and answers. Streams and events wait by themselves. */
function mostQueuedBytes({ inflight, outgoing, frameBytes }: Limits): number {
  return (inflight + outgoing + 1) * frameBytes;
}
