import type { MessagePort } from "node:worker_threads";
import { SallyportError } from "@sallyport/bus";
import { createLaneWriter } from "./lane-writer.js";
import type { Lane } from "./memory.js";
import { ATTACHED, BODY_BY_PORT, inlineBytes } from "./record.js";
import { WAKE } from "./wake.js";

/** What one side sends: into the ring while there is room, else into a queue that `flush` moves on. */
export interface Outbox {
  /** Copies the body; takes the attachment's buffer away. `false`: it waits, and so should the caller. */
  send(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): boolean;
  /** As `send`, but the reader is woken after this turn. */
  sendSoon(bytes: Uint8Array, start: number, end: number): boolean;
  note(text: string): boolean;
  /** Moves on what waits. To be called whenever the other side may have made room. */
  flush(): void;
  /** Resolves when nothing waits. */
  flushed(): Promise<void>;
  readonly queuedBytes: number;
  /** Blocks this thread until at most `queuedBytes` wait. */
  block(queuedBytes: number): void;
  clear(): void;
}

export interface OutboxOptions {
  readonly lane: Lane;
  readonly port: MessagePort;
  /** Nothing waits any more after `send` returned `false`. */
  onDrained(): void;
}

interface Waiting {
  /** Text is a note. */
  readonly body: Uint8Array | string;
  readonly attachment: Uint8Array | undefined;
  /** Counted before: an attachment that was given away has no length any more. */
  readonly bytes: number;
}

const NOTHING = new Uint8Array(0);
const { structuredClone } = globalThis;
/** A blocked thread looks again after so long, whatever the other side does. */
const BLOCK_MS = 50;

export function createOutbox({ lane, port, onDrained }: OutboxOptions): Outbox {
  const writer = createLaneWriter(lane);
  const maxInline = inlineBytes(lane.bytes.length);
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  let cleared = false;
  /** `send` returned `false`, and its caller has not heard of room yet. */
  let stopped = false;
  const idlers: (() => void)[] = [];
  const turn = Promise.resolve();
  let bellDue = false;

  function ring(): void {
    bellDue = false;
    if (!cleared && writer.wakes()) port.postMessage(WAKE);
  }

  function put(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): boolean {
    const length = end - start;
    if (attachment === undefined && length <= maxInline) {
      if (!writer.fits(length, 0)) return false;
      writer.put(0, 0, bytes, start, end);
    } else {
      const byPort = length > maxInline;
      const portBytes = (byPort ? length : 0) + (attachment?.length ?? 0);
      if (!writer.fits(byPort ? 0 : length, portBytes)) return false;
      if (attachment !== undefined) post(attachment);
      if (byPort) {
        const body = bytes.slice(start, end);
        port.postMessage(body, [body.buffer]);
      }
      const flags = (byPort ? BODY_BY_PORT : 0) | (attachment === undefined ? 0 : ATTACHED);
      writer.put(flags, portBytes, bytes, start, byPort ? start : end);
    }
    if (writer.wakes()) port.postMessage(WAKE);
    return true;
  }

  function post(attachment: Uint8Array): void {
    try {
      port.postMessage(attachment, [attachment.buffer as ArrayBuffer]);
    } catch {
      // Some buffers cannot leave their owner, that of a WebAssembly memory for one.
      port.postMessage(attachment);
    }
  }

  function putNote(text: string): boolean {
    if (!writer.fits(0, text.length)) return false;
    port.postMessage(text);
    writer.put(BODY_BY_PORT, text.length, NOTHING, 0, 0);
    if (writer.wakes()) port.postMessage(WAKE);
    return true;
  }

  function enqueue(body: Uint8Array | string, attachment: Uint8Array | undefined): boolean {
    const bytes = body.length + (attachment?.length ?? 0);
    queue.push({ body, attachment, bytes });
    queuedBytes += bytes;
    // Announced before the last look: room made in between is seen by one side or the other.
    writer.awaitRoom();
    move();
    if (queue.length === 0) return true;
    stopped = true;
    return false;
  }

  function move(): void {
    let moved = 0;
    for (const { body, attachment, bytes } of queue) {
      if (!(typeof body === "string" ? putNote(body) : put(body, 0, body.length, attachment))) break;
      queuedBytes -= bytes;
      moved++;
    }
    if (moved > 0) queue.splice(0, moved);
    if (queue.length === 0) for (const wake of idlers.splice(0)) wake();
  }

  function flush(): void {
    if (!stopped) return;
    move();
    if (queue.length > 0) {
      writer.awaitRoom();
      move();
    }
    if (queue.length > 0) return;
    stopped = false;
    onDrained();
  }

  return {
    get queuedBytes() {
      return queuedBytes;
    },
    send(bytes, start, end, attachment) {
      // Empty is what is left of bytes that were given away before.
      if (attachment !== undefined && (attachment.length === 0 || attachment.length !== attachment.buffer.byteLength)) {
        throw new SallyportError("bad_value", "the bytes cannot be given away", { help: "Give away a whole buffer of its own, once." });
      }
      if (queue.length === 0 && put(bytes, start, end, attachment)) return true;
      return enqueue(bytes.slice(start, end), attachment && taken(attachment));
    },
    sendSoon(bytes, start, end) {
      if (queue.length > 0 || end - start > maxInline || !writer.fits(end - start, 0)) return this.send(bytes, start, end, undefined);
      writer.put(0, 0, bytes, start, end);
      if (!bellDue) {
        bellDue = true;
        void turn.then(ring);
      }
      return true;
    },
    note: (text) => (queue.length === 0 && putNote(text)) || enqueue(text, undefined),
    flush,
    flushed: () => (queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    block(bytes) {
      while (queuedBytes > bytes) {
        writer.blockMs(BLOCK_MS);
        writer.awaitRoom();
        move();
      }
    },
    clear() {
      cleared = true;
      queue = [];
      queuedBytes = 0;
      for (const wake of idlers.splice(0)) wake();
    },
  };
}

/** The same bytes, out of their owner's reach, while they wait. */
function taken(attachment: Uint8Array): Uint8Array {
  try {
    return structuredClone(attachment, { transfer: [attachment.buffer as ArrayBuffer] });
  } catch {
    return new Uint8Array(attachment);
  }
}
