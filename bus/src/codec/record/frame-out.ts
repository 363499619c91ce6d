import type { CancelFrame, CancelReason, EventFrame, Frame, RequestFrame } from "../../frame.js";
import { SallyportError } from "../../errors.js";
import { MAX_DEPTH, MAX_NODES, takesAll, WIDEST, type FrameBounds } from "../../bounds.js";
import { createBytes, type Bytes } from "../bytes.js";
import type { FrameEncoder } from "../codec.js";
import { appendBytes, asAuthorKnows, explainRefusal, forWire, frameTooLarge } from "../refusal.js";
import { createNamesOut } from "./names.js";
import { HAS, KIND_OF, TAG } from "./tags.js";
import { createValueWriter, isTooLarge, tooLarge } from "./value-out.js";

/** In the order of their numbers. */
export const CANCEL_REASONS: readonly CancelReason[] = ["deadline", "caller", "shutdown", "parent"];

/** A payload lies one level below its frame. */
const PAYLOAD_DEPTH = MAX_DEPTH - 1;

export function createRecordEncoder(attach: boolean): FrameEncoder {
  return new RecordEncoder(attach);
}

class RecordEncoder implements FrameEncoder {
  private readonly attach: boolean;
  private readonly values = createValueWriter();
  private readonly names = createNamesOut();
  private busy = false;
  private bounds = WIDEST;

  constructor(attach: boolean) {
    this.attach = attach;
  }

  get attachment(): Uint8Array | undefined {
    return this.values.attachment;
  }

  bound(bounds: FrameBounds): void {
    this.bounds = bounds;
  }

  encode(frame: Frame, out: Bytes, maxBytes: number, given = false): void {
    // A getter or a proxy in the value can send something itself, into the middle of this frame.
    if (this.busy) throw new SallyportError("bad_value", "a value sent something while it was read", { help: "Send plain data, without getters." });
    this.busy = true;
    const start = out.size;
    const namesBefore = this.names.size;
    try {
      this.values.begin(out, this.bounds.items, maxBytes, !this.attach ? "within" : given ? "give" : "copy");
      if (!this.compact(frame, out)) {
        begin(out, KIND_OF.any);
        this.values.write(forWire(frame), this.bounds.depth);
      }
      if (out.size - start > maxBytes) throw tooLarge();
    } catch (thrown) {
      const { size } = out;
      this.values.undo();
      this.names.keep(namesBefore);
      throw isTooLarge(thrown) ? frameTooLarge(frame, size - start, maxBytes) : asAuthorKnows(frame, explainRefusal(forWire(frame), thrown, this.bounds));
    } finally {
      this.busy = false;
    }
  }

  /** `false`, with nothing written: the frame has something that its short form does not carry. */
  private compact(frame: Frame, out: Bytes): boolean {
    switch (frame.t) {
      case "req":
        return this.request(frame, out);
      case "res":
        if (!isId(frame.id) || frame.r === undefined) return false;
        this.payload(KIND_OF.res, out, frame.id, frame.r, frame.w && { w: frame.w });
        return true;
      case "data":
        if (!isId(frame.id) || frame.d === undefined) return false;
        this.payload(KIND_OF.data, out, frame.id, frame.d, undefined);
        return true;
      case "ev":
        return this.event(frame, out);
      case "credit":
        if (!isNumber(frame.id) || !isId(frame.n)) return false;
        begin(out, KIND_OF.credit);
        number(out, frame.id);
        number(out, frame.n);
        return true;
      case "end":
        if (!isId(frame.id)) return false;
        begin(out, KIND_OF.end);
        number(out, frame.id);
        return true;
      case "cancel":
        return cancel(frame, out);
      default:
        return false;
    }
  }

  private payload(kind: number, out: Bytes, id: number, value: unknown, more: object | undefined): void {
    begin(out, more === undefined ? kind : kind | HAS.more);
    number(out, id);
    this.values.write(value, this.bounds.depth - 1);
    if (more !== undefined) this.values.write(more, this.bounds.depth);
  }

  private request(frame: RequestFrame, out: Bytes): boolean {
    const { id, m, p, dl, cr, par, meta } = frame;
    if (!isId(id) || !isName(m) || p === undefined) return false;
    if ((dl !== undefined && !isNumber(dl)) || (cr !== undefined && !isNumber(cr)) || (par !== undefined && !isNumber(par))) return false;
    const more = frame.in === undefined && meta === undefined ? undefined : { in: frame.in, meta };
    begin(out, KIND_OF.req | (dl === undefined ? 0 : HAS.dl) | (cr === undefined ? 0 : HAS.cr) | (par === undefined ? 0 : HAS.par) | (more === undefined ? 0 : HAS.more));
    number(out, id);
    this.name(m, out);
    if (dl !== undefined) number(out, dl);
    if (cr !== undefined) number(out, cr);
    if (par !== undefined) number(out, par);
    this.values.write(p, this.bounds.depth - 1);
    if (more !== undefined) this.values.write(more, this.bounds.depth);
    return true;
  }

  private event({ m, p, s, meta }: EventFrame, out: Bytes): boolean {
    if (!isName(m) || p === undefined) return false;
    begin(out, KIND_OF.ev | (meta === undefined ? 0 : HAS.more));
    this.name(m, out);
    // One encoding serves many receivers, so it is not held to the bounds of this one.
    if (s !== undefined && takesAll(this.bounds)) appendBytes(s.encodedBy("record", encodeApart), out);
    else this.values.write(p, this.bounds.depth - 1);
    if (meta !== undefined) this.values.write({ meta }, this.bounds.depth);
    return true;
  }

  private name(name: string, out: Bytes): void {
    if (this.names.write(name, out)) this.values.write(name, 0);
  }
}

/** A payload with tables of its own, that every connection can take. */
function encodeApart(value: unknown): Uint8Array {
  const out = createBytes();
  begin(out, TAG.apart);
  const values = createValueWriter();
  try {
    values.begin(out, MAX_NODES, Infinity, "within");
    values.write(value, PAYLOAD_DEPTH);
  } catch (thrown) {
    throw explainRefusal({ p: value }, thrown);
  }
  return out.bytes.slice(0, out.size);
}

function cancel({ id, why }: CancelFrame, out: Bytes): boolean {
  const reason = CANCEL_REASONS.indexOf(why);
  if (!isId(id) || reason < 0) return false;
  begin(out, KIND_OF.cancel);
  number(out, id);
  out.reserve(1);
  out.view.setUint8(out.size++, reason);
  return true;
}

function begin(out: Bytes, first: number): void {
  out.reserve(1);
  out.view.setUint8(out.size++, first);
}

function number(out: Bytes, value: number): void {
  out.reserve(4);
  out.view.setUint32(out.size, value);
  out.size += 4;
}

function isNumber(value: number): boolean {
  return value >>> 0 === value;
}

function isId(value: number): boolean {
  return value >>> 0 === value && value !== 0;
}

function isName(name: string): boolean {
  return typeof name === "string" && name !== "" && name.length <= 256;
}
