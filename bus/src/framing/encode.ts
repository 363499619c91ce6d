import type { FrameBounds } from "../bounds.js";
import type { Bytes } from "../codec/bytes.js";
import { createBytes } from "../codec/bytes.js";
import type { Codec } from "../codec/codec.js";
import type { Frame } from "../frame.js";

const NEWLINE = 0x0a;
export const LENGTH_BYTES = 4;

/** Frames with their framing, ready for a pipe: one direction of one connection. */
export interface FrameWriter {
  /**
   * Appends one frame to `out`. `maxBytes` bounds the frame itself, without newline or length. Throws `frame_too_large`, or
   * `bad_value` with the path as the author knows it (`params.amount`), and then leaves `out` as it was.
   */
  write(frame: Frame, out: Bytes, maxBytes: number): void;
  /** From the next frame on, one with more structure is refused as `frame_too_complex`. */
  bound(bounds: FrameBounds): void;
}

export function createFrameWriter(codec: Codec): FrameWriter {
  const encoder = codec.createEncoder();
  const bound = (bounds: FrameBounds): void => encoder.bound?.(bounds);
  if (codec.framing === "line") {
    return {
      bound,
      write(frame, out, maxBytes) {
        encoder.encode(frame, out, maxBytes);
        out.reserve(1);
        out.view.setUint8(out.size++, NEWLINE);
      },
    };
  }
  return {
    bound,
    write(frame, out, maxBytes) {
      const start = out.size;
      out.reserve(LENGTH_BYTES);
      out.size = start + LENGTH_BYTES;
      try {
        encoder.encode(frame, out, maxBytes);
      } catch (error) {
        out.size = start;
        throw error;
      }
      out.view.setUint32(start, out.size - start - LENGTH_BYTES);
    },
  };
}

/** One frame on its own, in a buffer of exactly its size: for tools, and codecs without tables. */
export function encodeFrame(codec: Codec, frame: Frame, maxBytes: number): Uint8Array {
  const out = createBytes();
  createFrameWriter(codec).write(frame, out, maxBytes);
  return out.bytes.slice(0, out.size);
}
