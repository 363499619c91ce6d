/** How one codec's frames lie on the wire; what is in them is not looked at. */
export interface Framing {
  readonly codec: "json" | "msgpack";
  /** Hands over each whole frame of a chunk, without what framed it. */
  push(chunk: Uint8Array): void;
  /** One frame as it has to be written. */
  wrap(frame: Uint8Array): readonly Uint8Array[];
}

const NEWLINE = 10;
const LINE_END = Uint8Array.of(NEWLINE);

export function framingOf(codec: Framing["codec"], onFrame: (frame: Uint8Array) => void): Framing {
  /** The beginning of a frame whose rest has not come: the first `size` bytes. */
  let held = new Uint8Array(0);
  let size = 0;
  /** Bytes of it in which there is no end of a line. */
  let looked = 0;
  /** Hands over the whole frames in `bytes`; where the first incomplete one begins. */
  const take = (bytes: Uint8Array): number => {
    for (let at = 0; ; looked = 0) {
      const frame = (codec === "json" ? line : prefixed)(bytes, at, looked);
      if (frame === undefined) return at;
      if (frame.to > frame.from) onFrame(bytes.subarray(frame.from, frame.to));
      at = frame.next;
    }
  };
  const hold = (bytes: Uint8Array): void => {
    if (size + bytes.length > held.length) {
      const wider = new Uint8Array(2 * (size + bytes.length));
      wider.set(held.subarray(0, size));
      held = wider;
    }
    held.set(bytes, size);
    size += bytes.length;
  };
  return {
    codec,
    push(chunk) {
      if (size === 0) hold(chunk.subarray(take(chunk)));
      else {
        hold(chunk);
        const taken = take(held.subarray(0, size));
        held.copyWithin(0, taken, size);
        size -= taken;
      }
      looked = size;
    },
    wrap(frame) {
      if (codec === "json") return [frame, LINE_END];
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, frame.length);
      return [length, frame];
    },
  };
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

function line(bytes: Uint8Array, at: number, looked: number): Place | undefined {
  const to = bytes.indexOf(NEWLINE, at + looked);
  return to === -1 ? undefined : { from: at, to, next: to + 1 };
}

function prefixed(bytes: Uint8Array, at: number): Place | undefined {
  if (bytes.length - at < 4) return undefined;
  const to = at + 4 + new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
  return to > bytes.length ? undefined : { from: at + 4, to, next: to };
}
