import type { CreditFrame, EventFrame, Frame, RequestFrame, ResponseFrame } from "../../frame.js";
import { readFrame } from "../../frame.js";
import type { FrameBounds } from "../../bounds.js";
import type { FrameDecoder } from "../codec.js";
import { createInput, type Input } from "../input.js";
import { CANCEL_REASONS } from "./frame-out.js";
import { createNamesIn } from "./names.js";
import { HAS, KIND_OF } from "./tags.js";
import { createValueReader } from "./value-in.js";

const KIND_BITS = 0x0f;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export function createRecordDecoder(): FrameDecoder {
  return new RecordDecoder();
}

class RecordDecoder implements FrameDecoder {
  private readonly input: Input = createInput("record");
  private readonly values = createValueReader(this.input);
  private readonly names = createNamesIn();

  decode(bytes: Uint8Array, start: number, end: number, attachment?: Uint8Array): Frame | undefined {
    const { input } = this;
    input.open(bytes, start, end, attachment);
    const first = input.view.getUint8(input.take(1));
    const frame = this.frame(first & KIND_BITS, first & ~KIND_BITS);
    input.finish();
    return frame;
  }

  bound(bounds: FrameBounds): void {
    this.input.bounds = bounds;
  }

  /** Literals, so that all frames of a kind have one shape in the engine too. */
  private frame(kind: number, has: number): Frame | undefined {
    const { values } = this;
    switch (kind) {
      case KIND_OF.any:
        this.only(has, 0);
        return readFrame(values.read(this.input.bounds.depth));
      case KIND_OF.req:
        return this.request(has);
      case KIND_OF.res: {
        this.only(has, HAS.more);
        const frame: Writable<ResponseFrame> = { t: "res", id: this.id(), r: values.payload(this.payloadDepth) };
        return has === 0 ? frame : this.more(frame, ["w"]);
      }
      case KIND_OF.data:
        this.only(has, 0);
        return { t: "data", id: this.id(), d: values.payload(this.payloadDepth) };
      case KIND_OF.ev: {
        this.only(has, HAS.more);
        const frame: EventFrame = { t: "ev", m: this.name(), p: values.payload(this.payloadDepth) };
        return has === 0 ? frame : this.more(frame, ["meta"]);
      }
      case KIND_OF.credit:
        this.only(has, 0);
        return this.credit();
      case KIND_OF.end:
        this.only(has, 0);
        return { t: "end", id: this.id() };
      case KIND_OF.cancel:
        this.only(has, 0);
        return { t: "cancel", id: this.id(), why: this.reason() };
      default:
        throw this.input.bad(`is of kind ${kind}, which does not exist`);
    }
  }

  private request(has: number): Frame {
    const id = this.id();
    const m = this.name();
    const dl = (has & HAS.dl) === 0 ? undefined : this.number();
    const cr = (has & HAS.cr) === 0 ? undefined : this.number();
    const par = (has & HAS.par) === 0 ? undefined : this.number();
    const p = this.values.payload(this.payloadDepth);
    const frame: Writable<RequestFrame> = dl === undefined ? { t: "req", id, m, p } : { t: "req", id, m, p, dl };
    if (cr !== undefined) frame.cr = cr;
    if (par !== undefined) frame.par = par;
    return (has & HAS.more) === 0 ? frame : this.more(frame, ["in", "meta"]);
  }

  /** A payload lies one level below its frame. */
  private get payloadDepth(): number {
    return this.input.bounds.depth - 1;
  }

  private credit(): CreditFrame {
    const id = this.number();
    const n = this.number();
    if (n === 0) throw this.input.bad("expects n: a positive integer");
    return { t: "credit", id, n };
  }

  /** Adds the rarer fields, and makes the checks that they need. */
  private more(frame: Frame, names: readonly string[]): Frame {
    const more = this.values.read(this.input.bounds.depth);
    if (typeof more !== "object" || more === null) throw this.input.bad("expects a map of further fields");
    for (const name of names) {
      if (Object.hasOwn(more, name)) (frame as unknown as Record<string, unknown>)[name] = (more as Record<string, unknown>)[name];
    }
    return readFrame(frame) as Frame;
  }

  private only(has: number, allowed: number): void {
    if ((has & ~allowed) !== 0) throw this.input.bad("has fields that its kind does not have");
  }

  private id(): number {
    const id = this.number();
    if (id === 0) throw this.input.bad("expects id: a positive integer");
    return id;
  }

  private number(): number {
    const { input } = this;
    return input.view.getUint32(input.take(4));
  }

  private name(): string {
    return this.names.read(this.input, this.values);
  }

  private reason(): (typeof CANCEL_REASONS)[number] {
    const { input } = this;
    const reason = CANCEL_REASONS[input.view.getUint8(input.take(1))];
    if (reason === undefined) throw input.bad("has a reason to cancel that does not exist");
    return reason;
  }
}
