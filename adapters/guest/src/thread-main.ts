import { readlinkSync } from "node:fs";
import process from "node:process";
import { threadId } from "node:worker_threads";
import { boundsOf, DEFAULT_LIMITS, FRAME_BYTES_BEFORE_HELLO, fromWireLimits, type ErrorObject } from "@sallyport/bus";
import { openGuestLink, type Link } from "@sallyport/ring";
import type { PluginTask, ThreadNote, ThreadTask } from "./launch/thread.js";
import { createThreadWire } from "./launch/thread-wire.js";
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
  readonly task: number | undefined;
  /** Why this thread cannot run plugins. */
  readonly unfit: unknown;
}

function prepareThread(): Thread {
  // Nothing in here prints: a thread's output would come out of the host's own.
  for (const stream of [process.stdout, process.stderr]) stream.write = (() => true) as typeof stream.write;
  const made: { -readonly [Key in keyof Thread]: Thread[Key] } = { fault: () => {}, realm: undefined, task: taskId(), unfit: undefined };
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

/** By it the host reads the thread's CPU time, also when the thread is too busy to tell. */
function taskId(): number | undefined {
  try {
    return Number(/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1]);
  } catch {
    // Linux alone has it.
    return undefined;
  }
}

function memoryBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

interface End {
  readonly clean: boolean;
  readonly error?: ErrorObject;
}

const EXIT_FAULT = 70;
/** Bytes that may wait for the host; a plugin that sends more is held up. */
const QUEUED_BYTES = 4 << 20;

/**
 * Runs one instance until it ends. Returning gives the thread to the next plugin, so only a clean end returns:
 * after any other one, whatever caused it, code of this guest may still run here.
 */
export default async function run(task: ThreadTask): Promise<void> {
  if ("warm" in task) return;
  const { realm } = thread;
  if (realm === undefined) throw thread.unfit;
  const life = live(realm, task);
  const end = await life.ended;
  thread.fault = () => {};
  life.note({ note: "ended", clean: end.clean, ...(end.error && { error: bounded(end.error) }) });
  // A thread that is not to be used again waits here for its end.
  if (!end.clean || !task.reuse) await new Promise<never>(() => {});
  await life.link.flushed();
  life.link.close();
  task.port.close();
}

interface Life {
  readonly link: Link;
  readonly ended: Promise<End>;
  note(what: ThreadNote): void;
}

function live(realm: Realm, task: PluginTask): Life {
  let frameBytes = Math.min(FRAME_BYTES_BEFORE_HELLO, task.frameBytes);
  let instance: Instance | undefined;
  let finish!: (end: End) => void;
  const ended = new Promise<End>((resolve) => (finish = resolve));
  thread.fault = (thrown) => finish({ clean: false, error: realm.explain(thrown) });

  const link = openGuestLink(task.memory, task.port, {
    maxQueuedBytes: QUEUED_BYTES,
    // The host keeps to its own limit.
    maxFrameBytes: () => Infinity,
    onFrame(bytes, start, end, attachment) {
      const frame = wire.read(bytes, start, end, attachment);
      if (frame?.t === "hello") {
        frameBytes = task.frameBytes;
        wire.bound(boundsOf({ ...DEFAULT_LIMITS, ...fromWireLimits(frame.limits) }));
      }
      if (frame !== undefined) instance?.runtime.receive(frame);
    },
    onNote() {
      // The host has but one question.
      note({ note: "usage", memoryBytes: memoryBytes() });
    },
    onDrained: () => instance?.runtime.drained(),
    // Without its link it can neither go on nor say so.
    onViolation: () => process.exit(EXIT_FAULT),
  });
  const wire = createThreadWire(link);
  const note = (what: ThreadNote): void => link.note(JSON.stringify(what));
  task.port.on("close", () => instance?.runtime.close());
  note({ note: "started", thread: threadId, ...(thread.task !== undefined && { task: thread.task }) });
  try {
    const { code, name, version, args, stack, maxTimers } = task;
    instance = startInstance(realm, {
      code, name, version, args, stack, maxTimers, timers,
      fault: (error) => finish({ clean: false, error }),
      send: (frame) => wire.send(frame, frameBytes),
    });
    void whenDone(instance).then(finish);
  } catch (thrown) {
    finish({ clean: false, error: realm.explain(thrown) });
  }
  return { link, ended, note };
}

async function whenDone(instance: Instance): Promise<End> {
  const { reason, error } = await instance.done;
  instance.end();
  // One turn for what is still under way, so that its failures are not the next instance's.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return { clean: reason === "bye", ...(error && { error: error.toJSON() }) };
}

/** Longest text of an error in a note, characters: notes pass beside the limit on frames. */
const NOTE_CHARS = 8192;

/** What a person reads of it: the rest is the guest's data, which need not even be JSON. */
function bounded({ code, msg, help, stack }: ErrorObject): ErrorObject {
  const cut = (text: string): string => text.slice(0, NOTE_CHARS);
  return { code, msg: cut(msg), ...(help !== undefined && { help: cut(help) }), ...(stack !== undefined && { stack: cut(stack) }) };
}
