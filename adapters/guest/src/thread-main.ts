import process from "node:process";
import { threadId } from "node:worker_threads";
import { FRAME_BYTES_BEFORE_HELLO, msgpackCodec, readFrame, SallyportError, type ErrorObject, type Frame } from "@sallyport/bus";
import type { ThreadNote, ThreadTask } from "./launch/thread.js";
import { startInstance, type Instance } from "./runtime/instance.js";
import { denyModules } from "./runtime/modules.js";
import { createRealm, type Realm } from "./runtime/realm.js";

// Loaded once by each thread of the pool, so that its lockdown is over before a plugin needs it.
const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, setImmediate } = globalThis;
const timers = { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask };
const thread = prepareThread();

interface Thread {
  /** The instance that this thread runs now; what nobody caught is its fault. */
  fault: (thrown: unknown) => void;
  readonly realm: Realm | undefined;
  /** Why this thread cannot run plugins. */
  readonly unfit: unknown;
}

function prepareThread(): Thread {
  // Nothing in here prints: a thread's output would come out of the host's own.
  for (const stream of [process.stdout, process.stderr]) stream.write = (() => true) as typeof stream.write;
  const made: { -readonly [Key in keyof Thread]: Thread[Key] } = { fault: () => {}, realm: undefined, unfit: undefined };
  process.on("uncaughtException", (thrown) => made.fault(thrown));
  process.on("unhandledRejection", (thrown) => made.fault(thrown));
  try {
    made.realm = createRealm();
    denyModules();
  } catch (thrown) {
    made.unfit = thrown;
  }
  return made;
}

interface End {
  readonly clean: boolean;
  readonly error?: ErrorObject;
}

/**
 * Runs one instance until it ends. Returning gives the thread to the next plugin, so only a clean end returns:
 * after any other one, whatever caused it, code of this guest may still run here.
 */
export default async function run(task: ThreadTask): Promise<void> {
  if ("warm" in task) return;
  const { realm } = thread;
  if (realm === undefined) throw thread.unfit;
  const { port } = task;
  const note = (what: ThreadNote): void => port.postMessage(JSON.stringify(what));
  note({ note: "started", thread: threadId });
  const end = await live(realm, task).catch((thrown: unknown): End => ({ clean: false, error: realm.explain(thrown) }));
  thread.fault = () => {};
  note({ note: "ended", clean: end.clean, ...(end.error && { error: bounded(end.error) }) });
  port.removeAllListeners("message");
  // A thread that is not to be used again waits here for its end.
  if (!end.clean || !task.reuse) await new Promise<never>(() => {});
  port.close();
}

function live(realm: Realm, task: Exclude<ThreadTask, { readonly warm: true }>): Promise<End> {
  const { port } = task;
  let frameBytes = Math.min(FRAME_BYTES_BEFORE_HELLO, task.frameBytes);
  return new Promise<End>((finish) => {
    thread.fault = (thrown) => finish({ clean: false, error: realm.explain(thrown) });
    const instance: Instance = startInstance(realm, {
      ...task,
      timers,
      fault: (error) => finish({ clean: false, error }),
      send(frame: Frame) {
        const bytes = msgpackCodec.encode(frame);
        if (bytes.length > frameBytes) throw tooLarge(frame, bytes.length, frameBytes);
        port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
        return true;
      },
    });
    port.on("message", (bytes: Uint8Array) => {
      const frame = readFrame(msgpackCodec.decode(bytes));
      if (frame === undefined) return;
      if (frame.t === "hello") frameBytes = task.frameBytes;
      instance.runtime.receive(frame);
    });
    port.on("close", () => instance.runtime.close());
    void instance.done.then(async ({ reason, error }) => {
      instance.end();
      // One turn for what is still under way, so that its failures are not the next instance's.
      await new Promise<void>((resolve) => setImmediate(resolve));
      finish({ clean: reason === "bye", ...(error && { error: error.toJSON() }) });
    });
  });
}

/** Longest text of an error in a note, characters: notes pass beside the limit on frames. */
const NOTE_CHARS = 8192;

/** What a person reads of it: the rest is the guest's data, which need not even be JSON. */
function bounded({ code, msg, help, stack }: ErrorObject): ErrorObject {
  const cut = (text: string): string => text.slice(0, NOTE_CHARS);
  return { code, msg: cut(msg), ...(help !== undefined && { help: cut(help) }), ...(stack !== undefined && { stack: cut(stack) }) };
}

function tooLarge(frame: Frame, bytes: number, max: number): SallyportError {
  return new SallyportError("frame_too_large", `frame '${frame.t}' has ${bytes} bytes, the limit is ${max}`);
}
