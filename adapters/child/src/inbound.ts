import type { Readable } from "node:stream";
import { createFrameReader, createHandshakeReader, createRate, createStride, FRAME_BYTES_BEFORE_HELLO, type Codec, type Frame, type FrameBounds, type FrameReader } from "@sallyport/bus";

/** Frames and time that one plugin may take of a turn; the rest waits, so that a flood starves nobody. */
const TURN_FRAMES = 256;
const TURN_MS = 0.5;
/** A chunk of this size filled its buffer: the system may hand over the next one before the loop comes around. */
const FULL_CHUNK_BYTES = 64 << 10;
/** Bytes decoded at a stretch: bounds how far a turn can overrun. */
const SLICE_BYTES = 8 << 10;
/** A day; engines fire at once beyond 2^31. */
const LONGEST_REST_MS = 86_400_000;
const MAJORS = [1];

export interface Inbound {
  /** What the plugin chose; `undefined` before its handshake line. */
  codec(): Codec | undefined;
  /** Largest frame from now on, and the most structure of one. */
  allow(maxBytes: number, bounds: FrameBounds): void;
  /** Nothing is delivered any more. */
  stop(): void;
  /** Every byte that was read has been decoded and delivered. */
  idle(): boolean;
  /** It rests, since the plugin sends more than it may. */
  resting(): boolean;
  /** The plugin has ended: what is in the pipe still is read without a rest, there is no more to come. */
  hurry(): void;
}

export interface InboundOptions {
  readonly stdout: Readable;
  readonly codecs: readonly Codec[];
  /** Above it the pipe is read more slowly; the plugin then waits at its end of it. */
  readonly bytesPerSecond: number;
  /** The pipe rests because so many bytes came that the average is above the limit. */
  rested(): void;
  receive(frame: Frame): void;
  /** Bytes are here; their frames follow. */
  came(): void;
  /** What came has been delivered. */
  took(): void;
  /** The handshake line was read. */
  opened(): void;
  /** What arrived is not the protocol. Frames before it were delivered. */
  failed(error: unknown): void;
  /** stdout is at its end; `error` when that came in the middle of a handshake or a frame. */
  ended(error: unknown): void;
}

/** Handshake line, then frames, from stdout; pauses the pipe while more is there than a turn allows. */
export function createInbound({ stdout, codecs, bytesPerSecond, rested, receive, came, took, opened, failed, ended }: InboundOptions): Inbound {
  const handshake = createHandshakeReader({ codecs, majors: MAJORS });
  /** More than one only after the child's exit, when Node resumes the pipe whatever we think of it. */
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const ready: Frame[] = [];
  let next = 0;
  let codec: Codec | undefined;
  let reader: FrameReader | undefined;
  let state: "open" | "ended" | "stopped" = "open";
  let failure: { readonly error: unknown } | undefined;
  let scheduled = false;
  const stride = createStride();
  let until = 0;
  let frames = 0;
  /** What comes next may belong to the turn under way. */
  let follows = false;
  const rate = createRate(bytesPerSecond);
  let waitMs = 0;
  let hurried = false;
  let resting: NodeJS.Timeout | undefined;

  const decode = (bytes: Uint8Array): void => {
    if (reader !== undefined) return reader.push(bytes);
    const done = handshake.push(bytes);
    if (done === undefined) return;
    codec = done.codec;
    reader = createFrameReader({ codec, maxBytes: FRAME_BYTES_BEFORE_HELLO, onFrame: (frame) => ready.push(frame) });
    opened();
    if (done.rest.byteLength > 0) reader.push(done.rest);
  };
  const decodeSlice = (): void => {
    const chunk = chunks[0];
    if (chunk === undefined) return;
    const slice = chunk.subarray(offset, (offset += SLICE_BYTES));
    if (offset >= chunk.byteLength) {
      chunks.shift();
      offset = 0;
    }
    try {
      decode(slice);
    } catch (error) {
      failure = { error };
      chunks.length = 0;
    }
  };
  /** `true`: the turn is over and work is left. */
  const deliver = (fresh: boolean): boolean => {
    if (fresh || !follows) {
      until = performance.now() + TURN_MS;
      frames = 0;
    }
    return deliverUntil();
  };
  const isOver = (): boolean => {
    const overMs = performance.now() - until;
    stride.saw(overMs);
    return overMs > 0;
  };
  const deliverUntil = (): boolean => {
    for (;;) {
      for (; next < ready.length; frames++) {
        if (state === "stopped") return false;
        if (frames >= TURN_FRAMES || (frames > 0 && stride.due(frames) && isOver())) return true;
        const frame = ready[next++];
        try {
          if (frame !== undefined) receive(frame);
        } catch (error) {
          // What one plugin sent must never end the host: a frame that it cannot take is the plugin's end.
          failure = { error };
          ready.length = chunks.length = next = 0;
          return false;
        }
      }
      ready.length = 0;
      next = 0;
      if (chunks.length === 0 || state === "stopped") return false;
      if (performance.now() > until) return true;
      decodeSlice();
    }
  };
  const finish = (): void => {
    let error: unknown;
    try {
      (reader ?? handshake).end();
    } catch (thrown) {
      error = thrown;
    }
    ended(error);
  };
  const nextTurn = (): void => turn(true);
  const turn = (fresh: boolean): void => {
    scheduled = false;
    if (state === "stopped") return;
    if (deliver(fresh)) {
      stdout.pause();
      scheduled = true;
      setImmediate(nextTurn);
      return;
    }
    // The callbacks of a delivery may have stopped this; TypeScript cannot see that.
    if ((state as string) === "stopped") return;
    if (failure !== undefined) {
      stop();
      failed(failure.error);
    } else if (state === "ended") finish();
    else if (waitMs > 0) rest();
    else if (stdout.isPaused()) stdout.resume();
    took();
  };
  /** Nothing is lost: what the plugin writes meanwhile waits in the pipe, and then the plugin itself. */
  const rest = (): void => {
    stdout.pause();
    rested();
    resting = setTimeout(wakeUp, Math.min(waitMs, LONGEST_REST_MS)).unref();
    waitMs = 0;
  };
  const wakeUp = (): void => {
    clearTimeout(resting);
    resting = undefined;
    if (!scheduled && state === "open") stdout.resume();
  };
  const take = (bytes: Uint8Array): void => {
    came();
    waitMs = hurried ? 0 : rate.spend(performance.now(), bytes.byteLength);
    chunks.push(bytes);
    if (!scheduled) turn(false);
    follows = bytes.byteLength >= FULL_CHUNK_BYTES;
  };
  const stop = (): void => {
    if (state === "stopped") return;
    state = "stopped";
    clearTimeout(resting);
    chunks.length = 0;
    ready.length = 0;
    // A plugin that is being ended may still write: read on, or it blocks on its last word.
    stdout.removeListener("data", take);
    stdout.resume();
  };

  stdout.on("data", take);
  stdout.once("end", () => {
    if (state === "open") state = "ended";
    if (!scheduled) turn(false);
  });
  return {
    codec: () => codec,
    allow: (maxBytes, bounds) => reader?.allow(maxBytes, bounds),
    stop,
    idle: () => state === "stopped" || (!scheduled && chunks.length === 0),
    resting: () => resting !== undefined,
    hurry() {
      hurried = true;
      waitMs = 0;
      if (resting !== undefined) wakeUp();
    },
  };
}
