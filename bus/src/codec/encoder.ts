import { takesAll, WIDEST, type FrameBounds } from "../bounds.js";
import { SallyportError } from "../errors.js";
import type { EventFrame, Frame } from "../frame.js";
import type { SharedValue } from "../shared.js";
import type { Bytes } from "./bytes.js";
import type { FrameEncoder } from "./codec.js";
import { appendFrame } from "./refusal.js";

/** What a codec that writes as it reads does for one frame. */
export interface FrameWriting {
  /** Appends the frame. Throws for what does not fit the data model or the bounds. */
  write(frame: Frame, out: Bytes, bounds: FrameBounds): void;
  /** Appends an event whose payload was encoded before, for many receivers. */
  writeEvent(frame: EventFrame, payload: SharedValue, out: Bytes): void;
}

/** The encoder of such a codec: whole frames or nothing, within the bounds, one at a time. */
export function createFrameEncoder({ write, writeEvent }: FrameWriting): FrameEncoder {
  let busy = false;
  let bounds = WIDEST;
  const append = (frame: Frame, out: Bytes): void => {
    // One encoding serves many receivers, so it is not held to the bounds of this one.
    if (frame.t === "ev" && frame.s !== undefined && takesAll(bounds)) writeEvent(frame, frame.s, out);
    else write(frame, out, bounds);
  };
  return {
    encode(frame, out, maxBytes) {
      // A getter or a proxy in the value can send something itself, into the middle of this frame.
      if (busy) throw new SallyportError("bad_value", "a value sent something while it was read", { help: "Send plain data, without getters." });
      busy = true;
      try {
        appendFrame(frame, out, maxBytes, () => append(frame, out));
      } finally {
        busy = false;
      }
    },
    bound(given) {
      bounds = given;
    },
  };
}
