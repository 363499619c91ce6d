import type { Writable } from "node:stream";
import { encodeFrame, SallyportError, type Codec, type Frame, type Limits } from "@sallyport/bus";

/** Above this many queued bytes `send` answers `false`; below half of it the host hears `drained`. */
const HIGH_WATER_BYTES = 64 << 10;
/** Frames up to this size are copied together into one write; larger ones go alone, uncopied. */
const JOINED_BYTES = 16 << 10;

export interface Outbound {
  /** Written as it is, before any frame. */
  prelude(bytes: Uint8Array): void;
  /** Throws `bad_value`, `frame_too_large`. */
  send(codec: Codec, frame: Frame): boolean;
  /** Closes stdin after what is queued. */
  end(): void;
  /** Drops what is queued and goes silent. */
  stop(): void;
}

export interface OutboundOptions {
  readonly stdin: Writable;
  readonly limits: Limits;
  readonly stallMs: number;
  drained(): void;
  /** The plugin does not read. */
  stuck(error: SallyportError): void;
}

/**
 * Frames to stdin, all of one turn in one write. Node queues without bound behind a pipe that nobody reads,
 * so bytes are counted here: beyond what the plugin's limits allow to be under way at once, or when nothing
 * was taken for `stallMs`, the plugin is stuck.
 */
export function createOutbound({ stdin, limits, stallMs, drained, stuck }: OutboundOptions): Outbound {
  const mostBytes = Math.min((limits.inflight + 2) * limits.frameBytes, Math.max(64 << 20, 4 * limits.frameBytes));
  let batch: Uint8Array[] = [];
  let queuedBytes = 0;
  let blocked = false;
  let stopped = false;
  let closing = false;
  let stall: NodeJS.Timeout | undefined;

  const fail = (what: string): void => {
    if (stopped) return;
    stop();
    stuck(new SallyportError("stuck", `the plugin reads nothing: ${what}`, { help: "The plugin must read its stdin all the time, also while it works; or lower `limits.inflight`." }));
  };
  const watch = (): void => {
    stall ??= setTimeout(() => fail(`${queuedBytes} bytes wait, none of them taken for ${stallMs} ms`), stallMs).unref();
  };
  const unwatch = (): void => {
    clearTimeout(stall);
    stall = undefined;
  };
  const write = (bytes: Uint8Array): void => {
    watch();
    stdin.write(bytes, () => {
      unwatch();
      queuedBytes -= bytes.byteLength;
      if (stopped) return;
      if (queuedBytes > 0) watch();
      if (blocked && queuedBytes < HIGH_WATER_BYTES / 2) {
        blocked = false;
        drained();
      }
    });
  };
  const flush = (): void => {
    const frames = batch;
    batch = [];
    if (stopped) return;
    let small: Uint8Array[] = [];
    for (const frame of frames) {
      if (frame.byteLength <= JOINED_BYTES) {
        small.push(frame);
        continue;
      }
      writeJoined(small, write);
      small = [];
      write(frame);
    }
    writeJoined(small, write);
  };
  const stop = (): void => {
    stopped = true;
    batch = [];
    unwatch();
  };

  return {
    prelude(bytes) {
      queuedBytes += bytes.byteLength;
      write(bytes);
    },
    send(codec, frame) {
      if (stopped || closing) return true;
      const bytes = encodeFrame(codec, frame, limits.frameBytes);
      if (queuedBytes + bytes.byteLength > mostBytes) {
        fail(`${queuedBytes} bytes wait in its stdin`);
        return false;
      }
      queuedBytes += bytes.byteLength;
      // nextTick runs when the turn's promises have run too: what they send joins the same write.
      if (batch.push(bytes) === 1) process.nextTick(flush);
      if (queuedBytes >= HIGH_WATER_BYTES) blocked = true;
      return !blocked;
    },
    end() {
      if (stopped || closing) return;
      flush();
      closing = true;
      stdin.end();
    },
    stop,
  };
}

function writeJoined(frames: readonly Uint8Array[], write: (bytes: Uint8Array) => void): void {
  if (frames.length === 0) return;
  const only = frames.length === 1 ? frames[0] : undefined;
  write(only ?? Buffer.concat(frames));
}
