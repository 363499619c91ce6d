import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { createStride, SallyportError } from "@sallyport/bus";
import { createLaneReader } from "./lane-reader.js";
import type { Lane } from "./memory.js";
import { ATTACHED, BODY_BY_PORT, violated } from "./record.js";
import { WAKE } from "./wake.js";

/** What one side receives: records in their order, with what came by the port put where it belongs. */
export interface Inbox {
  /** A message of the port. */
  arrived(message: unknown): void;
  /** Hands on at most so many records, and none after `untilMs`. Throws for what a peer may not do. */
  take(records: number, untilMs: number): number;
  /** `false`: there is more, and this side stays awake. */
  sleep(): boolean;
  wake(): void;
  /** Resolves when all that the other side had published by now has been handed on. */
  handedOn(): Promise<void>;
  close(): void;
}

export interface InboxOptions {
  readonly lane: Lane;
  readonly port: MessagePort;
  readonly nowMs: () => number;
  onFrame(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): void;
  onNote(note: string): void;
  maxFrameBytes(): number;
}

/** Doorbells in a row that a port may hold: an honest side posts one for each sleep. */
const MAX_WAKES = 1000;
/** Characters of a note. */
const MAX_NOTE = 64 << 10;
/** Messages that may have come before their records. */
const MAX_EARLY = 4096;

export function createInbox(options: InboxOptions): Inbox {
  const { port, nowMs, onFrame, onNote, maxFrameBytes } = options;
  const reader = createLaneReader(options.lane);
  let early: unknown[] = [];
  const stride = createStride();
  let closed = false;
  let idlers: { readonly position: number; resolve(): void }[] = [];

  /** The next message by the port: it was posted before its record was published, so it is here. */
  function fetch(): unknown {
    if (early.length > 0) return early.shift();
    for (let wakes = 0; wakes < MAX_WAKES; wakes++) {
      const got = receiveMessageOnPort(port) as { readonly message: unknown } | undefined;
      if (got === undefined) break;
      if (got.message !== WAKE) return got.message;
    }
    throw violated("a record names a message that was not posted");
  }

  function judge(bytes: number): void {
    const max = maxFrameBytes();
    if (bytes > max) throw new SallyportError("frame_too_large", `a frame of ${bytes} bytes; the limit is ${max} bytes`);
  }

  function takeByPort(): void {
    const { flags, start, end } = reader;
    const attachment = (flags & ATTACHED) === 0 ? undefined : ownBytes(fetch());
    const body = (flags & BODY_BY_PORT) === 0 ? undefined : fetch();
    if (typeof body === "string") {
      if (attachment !== undefined || body.length > MAX_NOTE) throw violated(`a note of ${body.length} characters`);
      reader.took(body.length);
      return onNote(body);
    }
    const large = body === undefined ? undefined : ownBytes(body);
    const byPort = (large?.length ?? 0) + (attachment?.length ?? 0);
    reader.took(byPort);
    judge(end - start + byPort);
    if (large === undefined) onFrame(reader.bytes, start, end, attachment);
    else onFrame(large, 0, large.length, attachment);
  }

  function settle(): void {
    for (const idler of idlers) if (reader.passed(idler.position)) idler.resolve();
    idlers = idlers.filter(({ position }) => !reader.passed(position));
  }

  return {
    arrived(message) {
      if (message === WAKE) return;
      if (early.length === MAX_EARLY) throw violated(`${MAX_EARLY} messages without a record`);
      early.push(message);
    },
    take(records, untilMs) {
      let taken = 0;
      while (taken < records && !closed && reader.next()) {
        taken++;
        if (reader.flags === 0) {
          judge(reader.end - reader.start);
          onFrame(reader.bytes, reader.start, reader.end, undefined);
        } else {
          takeByPort();
        }
        if (stride.due(taken) && untilMs !== Infinity) {
          const overMs = nowMs() - untilMs;
          stride.saw(overMs);
          if (overMs >= 0) break;
        }
      }
      if (taken > 0 && !closed && reader.kicks()) port.postMessage(WAKE);
      if (idlers.length > 0) settle();
      return taken;
    },
    sleep: () => reader.sleep(),
    wake: () => reader.wake(),
    handedOn() {
      const position = reader.published();
      return closed || reader.passed(position) ? Promise.resolve() : new Promise((resolve) => idlers.push({ position, resolve }));
    },
    close() {
      closed = true;
      early = [];
      for (const { resolve } of idlers.splice(0)) resolve();
    },
  };
}

/** Bytes in memory that no one else can reach or resize any more. */
function ownBytes(message: unknown): Uint8Array {
  if (!(message instanceof Uint8Array) || !(message.buffer instanceof ArrayBuffer)) throw violated("a message that is not bytes of its own");
  const { buffer } = message as { readonly buffer: ArrayBuffer & { readonly resizable?: boolean } };
  if (message.length !== buffer.byteLength || buffer.resizable === true) throw violated("a message that is a part of its buffer");
  return message;
}
