import { MessageChannel } from "node:worker_threads";
import { msgpackCodec, readErrorObject, readFrame, SallyportError, toErrorObject, FRAME_BYTES_BEFORE_HELLO, type ErrorObject, type Frame } from "@sallyport/bus";
import type { PreparedModule, ThreadNote } from "@sallyport/guest";
import type { Boundary, Exit, HostEnd, OpenRequest } from "@sallyport/kernel";
import { createInbox } from "./inbox.js";
import type { Pool } from "./pool.js";

export interface StartOptions {
  readonly request: OpenRequest;
  readonly host: HostEnd;
  readonly reuse: boolean;
  readonly signal: AbortSignal;
}

/** A thread that does not end within this time of its termination is stuck in native code, ms. */
const TERMINATION_MS = 500;

/** Starts one instance and resolves when its thread has taken it. */
export async function startThread(pool: Pool, prepared: PreparedModule, options: StartOptions): Promise<Boundary> {
  const { request, host, signal } = options;
  const { source, limits, instance } = request;
  const { port1: port, port2 } = new MessageChannel();
  const terminate = new AbortController();
  const started = withResolvers<string>();
  const ended = withResolvers<Exit>();
  let over = false;
  let greeted = false;
  // Why this side gave up on it, or what the thread said about its end.
  let reason: Omit<Exit, "instance"> | undefined;

  const inbox = createInbox(take, (error) => giveUp(error));
  port.on("message", (message: Uint8Array | string) => inbox.push(message));
  const closed = new Promise<void>((resolve) => port.once("close", resolve));

  const running = pool.run({
    port: port2, code: prepared.code, name: source.name, version: source.manifest?.version ?? "0.0.0", args: options.request.args,
    // Always: the position of an error is worth more than the cost of a stack. It is mapped and cut below.
    stack: true, frameBytes: limits.frameBytes, reuse: options.reuse,
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

  return { label, exited: ended.promise, send, end, kill, [Symbol.asyncDispose]: async () => void (await kill()) };

  function take(message: Uint8Array | string): void {
    if (over) return;
    try {
      if (typeof message === "string") return heed(JSON.parse(message) as ThreadNote);
      const max = greeted ? limits.frameBytes : Math.min(limits.frameBytes, FRAME_BYTES_BEFORE_HELLO);
      if (message.length > max) throw tooLarge("the plugin sent a frame", message.length, max);
      const frame = readFrame(msgpackCodec.decode(message));
      if (frame !== undefined) host.receive(frame.t === "err" ? { ...frame, e: mapped(readErrorObject(frame.e)) } : frame);
    } catch (thrown) {
      giveUp(thrown);
    }
  }

  function heed(note: ThreadNote): void {
    if (note.note === "started") return started.resolve(`thread ${note.thread}`);
    if (note.error !== undefined) host.log("error", `uncaught error: ${note.error.msg}`);
    reason ??= note.error ? { error: mapped(note.error) } : note.clean ? { exitCode: 0 } : {};
    if (!note.clean || !options.reuse) terminate.abort();
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
    await inbox.idle();
    over = true;
    inbox.close();
    port.close();
    ended.resolve({ ...reason, instance });
  }

  function send(frame: Frame): boolean {
    if (over) return true;
    const bytes = msgpackCodec.encode(frame);
    if (bytes.length > limits.frameBytes) throw tooLarge(`frame '${frame.t}' to the plugin`, bytes.length, limits.frameBytes);
    if (frame.t === "hello") greeted = true;
    port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    return true;
  }

  // There is no way to close a port's one direction, and a guest whose host is gone has nothing left to say.
  function end(): void {
    terminate.abort();
  }

  async function kill(): Promise<Exit> {
    inbox.close();
    terminate.abort();
    return ended.promise;
  }
}

function tooLarge(what: string, bytes: number, max: number): SallyportError {
  return new SallyportError("frame_too_large", `${what} of ${bytes} bytes; the limit is ${max}`);
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function withResolvers<T>(): Resolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
