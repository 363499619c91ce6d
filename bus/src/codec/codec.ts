import type { FrameBounds } from "../bounds.js";
import type { Frame } from "../frame.js";
import type { Bytes } from "./bytes.js";

/**
 * Frames to bytes and back. A codec is chosen by the plugin in its handshake line; adding one touches neither
 * peer nor kernel: hand it to an adapter that takes `codecs`.
 */
export interface Codec {
  /** As the handshake line spells it. */
  readonly name: string;
  /** How frames follow each other: `line`, ended by a newline, or `length`, a u32 big-endian before each. */
  readonly framing: "line" | "length";
  /**
   * One value as bytes, without framing, in a buffer of exactly its size that nothing else uses.
   * Throws `bad_value` naming the path.
   */
  encode(value: unknown): Uint8Array;
  /**
   * The value in `bytes`, which need not be trusted: nothing is built that depth, item count and kinds do not
   * allow. Throws `protocol_violation`.
   */
  decode(bytes: Uint8Array): unknown;
  /** For one direction of one connection: a codec that keeps tables keeps them in here. */
  createEncoder(options?: EncoderOptions): FrameEncoder;
  createDecoder(): FrameDecoder;
}

export interface EncoderOptions {
  /** The wire moves whole buffers: large bytes may travel beside their frame, as its attachment. A codec need not make use of it. */
  readonly attach?: boolean;
}

export interface FrameEncoder {
  /**
   * Appends one frame, without framing, to `out`. Throws `frame_too_large`, or `bad_value` with the path as the author
   * knows it (`params.amount`), and then leaves `out` and its own tables as they were. `given`: the frame's payload is
   * the encoder's, which may attach its bytes without a copy.
   */
  encode(frame: Frame, out: Bytes, maxBytes: number, given?: boolean): void;
  /** From the next frame on, one with more structure is refused as `frame_too_complex`. */
  bound?(bounds: FrameBounds): void;
  /** What has to travel beside the frame that was encoded last: bytes that fill a buffer of their own. */
  readonly attachment?: Uint8Array | undefined;
}

export interface FrameDecoder {
  /**
   * The frame in `bytes` from `start` to `end`, checked as `readFrame` does; keeps nothing of `bytes`. `undefined`: a type
   * from the future. Throws `protocol_violation`, and must not be used after that. `attachment`: what came beside the
   * frame; it becomes a part of the value as it is, so nobody else may have its buffer.
   */
  decode(bytes: Uint8Array, start: number, end: number, attachment?: Uint8Array): Frame | undefined;
  /** From the next frame on, one with more structure is refused as `frame_too_complex`, before more of it is built. */
  bound?(bounds: FrameBounds): void;
}
