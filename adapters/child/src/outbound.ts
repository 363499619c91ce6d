import type { Writable } from "node:stream";
import {
  boundsOf, createBytes, createFrameWriter, patientTimeout, SallyportError, systemClock,
  type Bytes, type Codec, type Frame, type FrameWriter, type Limits, type PatientTimer,
} from "@sallyport/bus";

/** Above this many queued bytes `send` answers `false`; below half of it the host hears `drained`. */
const HIGH_WATER_BYTES = 64 << 10;
/** So much is written before the turn is over: the plugin begins while the rest is encoded. */
const WRITE_BYTES = 32 << 10;
/** So many frames leave without waiting for the rest of the turn: the other side works on them meanwhile, instead of taking turns. */
const WRITE_FRAMES = 16;
const ARENA_BYTES = 2 * WRITE_BYTES;
/** Arenas that were written and wait for their next turn; larger ones are given up. */
const KEPT_ARENAS = 2;
/** Arenas that the stream holds. Beyond them little is copied out of its arena, or a few bytes that nobody reads would hold all of it. */
const LENT_ARENAS = 4;

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
  /** The plugin may be unable to read, since nobody reads from it. */
  excused(): boolean;
  /** Frames were handed to the system. */
  wrote(): void;
  drained(): void;
  /** The plugin does not read. */
  stuck(error: SallyportError): void;
}

/**
 * Frames to stdin: those of one turn are encoded one behind the other and leave in one write. Node queues
 * without bound behind a pipe that nobody reads, so bytes are counted here: beyond what the plugin's limits
 * allow to be under way at once, or when nothing was taken for `stallMs`, the plugin is stuck.
 */
export function createOutbound({ stdin, limits, stallMs, excused, wrote, drained, stuck }: OutboundOptions): Outbound {
  // What the kernel may send without asking for room: the calls that it opens and answers. Less would end a plugin that does nothing wrong.
  const mostBytes = (limits.inflight + limits.outgoing + 2) * limits.frameBytes;
  const free: Bytes[] = [];
  let arena = createBytes(ARENA_BYTES);
  let frames = 0;
  let writer: FrameWriter | undefined;
  /** Handed to the stream and not taken by the system yet. */
  let writtenBytes = 0;
  let lent = 0;
  let scheduled = false;
  let blocked = false;
  let stopped = false;
  let closing = false;
  let stall: PatientTimer | undefined;
  const clock = systemClock();

  const fail = (what: string): void => {
    if (stopped) return;
    stop();
    stuck(new SallyportError("stuck", `the plugin reads nothing: ${what}`, { help: "The plugin must read its stdin all the time, also while it works; or lower `limits.inflight`." }));
  };
  const watch = (): void => {
    stall ??= patientTimeout(clock, () => {
      if (!excused()) return fail(`${writtenBytes} bytes wait, none of them taken for ${stallMs} ms`);
      unwatch();
      watch();
    }, stallMs, true);
  };
  const unwatch = (): void => {
    stall?.clear();
    stall = undefined;
  };
  const write = (bytes: Uint8Array, taken: () => void): void => {
    watch();
    writtenBytes += bytes.byteLength;
    stdin.write(bytes, () => {
      unwatch();
      writtenBytes -= bytes.byteLength;
      if (stopped) return;
      taken();
      if (writtenBytes > 0) watch();
      if (!scheduled && !isBehind()) flush();
      if (blocked && writtenBytes + arena.size < HIGH_WATER_BYTES / 2) {
        blocked = false;
        drained();
      }
    });
  };
  /** The plugin reads more slowly than it is sent to: what comes now waits here, and leaves in fewer and larger writes. */
  const isBehind = (): boolean => writtenBytes >= HIGH_WATER_BYTES;
  const flush = (): void => {
    if (stopped || arena.size === 0) return;
    frames = 0;
    if (lent < LENT_ARENAS || arena.size >= WRITE_BYTES) lend();
    else {
      const copy = arena.bytes.slice(0, arena.size);
      arena.size = 0;
      write(copy, () => {});
    }
    wrote();
  };
  const lend = (): void => {
    const full = arena;
    arena = free.pop() ?? createBytes(ARENA_BYTES);
    lent++;
    write(full.bytes.subarray(0, full.size), () => {
      lent--;
      full.size = 0;
      if (full.bytes.byteLength <= ARENA_BYTES && free.length < KEPT_ARENAS) free.push(full);
    });
  };
  const flushTurn = (): void => {
    scheduled = false;
    if (!isBehind()) flush();
  };
  const stop = (): void => {
    stopped = true;
    arena.size = free.length = 0;
    unwatch();
  };

  return {
    prelude: (bytes) => write(bytes, () => {}),
    send(codec, frame) {
      if (stopped || closing) return true;
      const waiting = writtenBytes + arena.size;
      writer ??= createFrameWriter(codec);
      writer.write(frame, arena, limits.frameBytes);
      // What the host has to say first may hold any config.
      if (frame.t === "hello") writer.bound(boundsOf(limits));
      if (writtenBytes + arena.size > mostBytes) {
        fail(`${waiting} bytes wait in its stdin`);
        return false;
      }
      if (writtenBytes + arena.size >= HIGH_WATER_BYTES) blocked = true;
      if (arena.size >= WRITE_BYTES || (++frames >= WRITE_FRAMES && !isBehind())) flush();
      else if (!scheduled) {
        scheduled = true;
        // nextTick runs when the turn's promises have run too: what they send joins the same write.
        process.nextTick(flushTurn);
      }
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
