import { createBytes, recordCodec, type Bytes, type Frame, type FrameBounds } from "@sallyport/bus";
import type { Link } from "@sallyport/ring";

/** Frames over a link between two threads; the same on both sides. */
export interface ThreadWire {
  /**
   * Throws `bad_value` and `frame_too_large`; nothing was sent then. `false`: stop until the link has room. `given`: the
   * buffer of the payload may be taken away instead of copied.
   */
  send(frame: Frame, maxBytes: number, given?: boolean): boolean;
  /** From the next frames on, those of this side and those of the other one. */
  bound(sent: FrameBounds, received?: FrameBounds): void;
  /** The frame, checked. `undefined`: a type from the future. Throws `protocol_violation`. */
  read(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): Frame | undefined;
}

const ARENA_BYTES = 4 << 10;
/** An arena that one large frame needed is not kept for the small ones after it. */
const KEPT_BYTES = 128 << 10;

export function createThreadWire(link: Pick<Link, "send" | "sendSoon">): ThreadWire {
  const encoder = recordCodec.createEncoder({ attach: true });
  const decoder = recordCodec.createDecoder();
  let arena: Bytes = createBytes(ARENA_BYTES);

  return {
    send(frame, maxBytes, given = false) {
      arena.size = 0;
      encoder.encode(frame, arena, maxBytes, given);
      const { bytes, size } = arena;
      if (bytes.length > KEPT_BYTES) arena = createBytes(ARENA_BYTES);
      // Nobody waits for an event, and what was published together wakes its hearers once.
      if (frame.t === "ev" && encoder.attachment === undefined) return link.sendSoon(bytes, 0, size);
      return link.send(bytes, 0, size, encoder.attachment);
    },
    bound(sent, received) {
      encoder.bound?.(sent);
      if (received !== undefined) decoder.bound?.(received);
    },
    read: (bytes, start, end, attachment) => decoder.decode(bytes, start, end, attachment),
  };
}
