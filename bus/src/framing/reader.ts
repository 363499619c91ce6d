import type { FrameBounds } from "../bounds.js";
import type { Codec } from "../codec/codec.js";
import type { Frame } from "../frame.js";
import { SallyportError } from "../errors.js";
import { splitLengths } from "./length.js";
import { splitLines } from "./line.js";

export interface FrameReaderOptions {
  readonly codec: Codec;
  /** Largest frame, bytes, without its framing. */
  readonly maxBytes: number;
  onFrame(frame: Frame): void;
  /** A well-formed frame of a type that this version does not know: ignore and count. */
  onUnknown?(): void;
}

/** Bytes to frames. After a throw it must not be used again: where the next frame begins is unknown. */
export interface FrameReader {
  /**
   * Takes the next bytes, cut anywhere; keeps none of `chunk`. Throws `frame_too_large` before buffering what
   * is too large, `protocol_violation` for bytes that are no frame.
   */
  push(chunk: Uint8Array): void;
  /** Changes the limits for frames that begin after the current one; may be called from `onFrame`. */
  allow(maxBytes: number, bounds?: FrameBounds): void;
  /** The stream is over. Throws `protocol_violation` if it ended inside a frame. */
  end(): void;
}

export function createFrameReader(options: FrameReaderOptions): FrameReader {
  const { codec } = options;
  const decoder = codec.createDecoder();
  const split = (codec.framing === "line" ? splitLines : splitLengths)({
    maxBytes: options.maxBytes,
    onBody(bytes, start, end) {
      const frame = decoder.decode(bytes, start, end);
      if (frame === undefined) options.onUnknown?.();
      else options.onFrame(frame);
    },
  });
  return {
    push: (chunk) => split.push(chunk),
    allow(maxBytes, bounds) {
      split.allow(maxBytes);
      if (bounds !== undefined) decoder.bound?.(bounds);
    },
    end() {
      if (split.held > 0) throw new SallyportError("protocol_violation", `the stream ended inside a frame, after ${split.held} bytes of it`);
    },
  };
}
