import { SallyportError } from "@sallyport/bus";

/** Shared memory of one link; the host makes it and sends it to the guest with its port. Never handed to plugin code. */
export interface LinkMemory {
  readonly buffer: SharedArrayBuffer;
  /** Size of each of the two rings, bytes: a power of two. */
  readonly laneBytes: number;
}

/** One direction: a ring that one side writes and the other reads. */
export interface Lane {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export type Direction = "toGuest" | "toHost";

/**
 * Indexes of a lane's words. Positions count bytes since the start and wrap at 32 bits. Each has a cache line of
 * its own, so that the side that writes one does not slow down the side that reads another.
 */
export const TAIL = 0;
export const HEAD = 16;
/** 1: the reader sleeps and wants a doorbell. */
export const ASLEEP = 32;
/** 1: the writer waits for room and wants to hear of it. */
export const WAITING = 48;
/** Bytes that the reader has taken from the port. */
export const TAKEN = 64;
const LANE_WORDS = 80;

const LINE_BYTES = 64;
const WORD_BYTES = 4;
const DEFAULT_LANE_BYTES = 256 << 10;
const MIN_LANE_BYTES = 1 << 10;
const MAX_LANE_BYTES = 1 << 28;

export function createLinkMemory(laneBytes: number = DEFAULT_LANE_BYTES): LinkMemory {
  if (!Number.isInteger(Math.log2(laneBytes)) || laneBytes < MIN_LANE_BYTES || laneBytes > MAX_LANE_BYTES) {
    throw new SallyportError("invalid_argument", `a ring of ${laneBytes} bytes`, { help: `Use a power of two from ${MIN_LANE_BYTES} to ${MAX_LANE_BYTES}.` });
  }
  return { buffer: new SharedArrayBuffer(LINE_BYTES + 2 * (LANE_WORDS * WORD_BYTES + laneBytes)), laneBytes };
}

export function laneOf({ buffer, laneBytes }: LinkMemory, direction: Direction): Lane {
  const second = direction === "toHost" ? 1 : 0;
  const wordsAt = LINE_BYTES + second * LANE_WORDS * WORD_BYTES;
  const bytesAt = LINE_BYTES + 2 * LANE_WORDS * WORD_BYTES + second * laneBytes;
  return {
    words: new Int32Array(buffer, wordsAt, LANE_WORDS),
    bytes: new Uint8Array(buffer, bytesAt, laneBytes),
    view: new DataView(buffer, bytesAt, laneBytes),
  };
}

/** The word by which the host tells the guest whether to poll; the host never reads it. */
export interface ModeWord {
  polling: boolean;
}

export function modeOf({ buffer }: LinkMemory): ModeWord {
  const words = new Int32Array(buffer, 0, 1);
  return {
    get polling() {
      return Atomics.load(words, 0) === 1;
    },
    set polling(on) {
      Atomics.store(words, 0, on ? 1 : 0);
    },
  };
}
