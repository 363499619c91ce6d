import { codeOfBounds, createTextReader, SallyportError, WIDEST, type Code, type FrameBounds } from "@sallyport/bus";
import { WORD } from "./layout.js";

/** As many as readers of Cap'n Proto take; writers of any library make a handful. */
const MAX_SEGMENTS = 512;
const KEPT_BYTES = 256 << 10;
const NOTHING = new DataView(new ArrayBuffer(0));

const STRUCT = 0;
const LIST = 1;
const FAR = 2;
const BYTES = 2;
export const POINTERS = 6;
export const STRUCTS = 7;

/** What a pointer leads to. The fields are overwritten by the next `follow`. */
export interface Target {
  kind: "null" | "struct" | "list";
  /** Position of the first byte, and the segment that it lies in. */
  at: number;
  segment: number;
  /** Of a struct, or of each struct in a list. */
  dataWords: number;
  pointers: number;
  /** Of a list. */
  elements: number;
  count: number;
}

/**
 * An untrusted message. Each pointer is checked before it is followed, and each word of the message can be paid for once only: pointers
 * that share a target or go in circles run out of words, so that what is built stays in proportion to what came.
 */
export interface Segments {
  readonly view: DataView;
  readonly target: Target;
  /** Of the frames opened from now on. */
  bounds: FrameBounds;
  /** Where the pointer of the root is. */
  open(bytes: Uint8Array, start: number, end: number): number;
  /** Fills `target`. */
  follow(at: number, segment: number): void;
  /** Of the values that may still be built, one. */
  count(): void;
  /** The depth below a container. */
  deeper(depth: number): number;
  /** Text or bytes that `target` is. */
  text(): string;
  bytes(): Uint8Array;
  /** An unsigned or signed integer of 64 bits: a number up to 2^53. */
  integer(at: number, signed: boolean): number | bigint;
  /** All was read. */
  close(): void;
  bad(what: string): SallyportError;
}

export function createSegments(): Segments {
  return new Message();
}

class Message implements Segments {
  view: DataView = NOTHING;
  bounds = WIDEST;
  readonly target: Target = { kind: "null", at: 0, segment: 0, dataWords: 0, pointers: 0, elements: 0, count: 0 };
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly texts = createTextReader();
  private nodes = 0;
  /** Words that may still be read. */
  private words = 0;

  open(bytes: Uint8Array, start: number, end: number): number {
    // Frames of one chunk lie in one buffer: the view is made once for all of them.
    if (bytes.buffer !== this.view.buffer) this.view = new DataView(bytes.buffer);
    this.nodes = this.bounds.items;
    this.starts.length = this.ends.length = 0;
    const { view } = this;
    const from = bytes.byteOffset + start;
    const to = bytes.byteOffset + end;
    if (to - from < WORD) throw this.bad("ends before its table of segments does");
    const count = view.getUint32(from, true) + 1;
    if (count > MAX_SEGMENTS) throw this.bad(`has ${count} segments, more than ${MAX_SEGMENTS}`);
    let at = from + Math.ceil((4 + 4 * count) / WORD) * WORD;
    if (at > to) throw this.bad("ends before its table of segments does");
    this.words = 0;
    for (let i = 0; i < count; i++) {
      const words = view.getUint32(from + 4 + 4 * i, true);
      this.words += words;
      this.starts.push(at);
      at += words * WORD;
      this.ends.push(at);
    }
    if (at !== to) throw this.bad(`has segments of ${at - from} bytes with their table, and is ${to - from} bytes long`);
    this.pay(1);
    return this.starts[0] as number;
  }

  follow(at: number, segment: number): void {
    const { view, target } = this;
    let low = view.getInt32(at, true);
    let high = view.getUint32(at + 4, true);
    if (low === 0 && high === 0) {
      target.kind = "null";
      return;
    }
    let inside = segment;
    let first = at + WORD + (low >> 2) * WORD;
    if ((low & 3) === FAR) {
      const isDouble = (low & 4) !== 0;
      const pad = this.within(high, low >>> 3, isDouble ? 2 : 1);
      inside = high;
      low = view.getInt32(pad, true);
      high = view.getUint32(pad + 4, true);
      if (!isDouble) {
        first = pad + WORD + (low >> 2) * WORD;
      } else {
        if ((low & 7) !== FAR) throw this.bad("has a far pointer without the far pointer that it leads to");
        inside = high;
        first = this.within(inside, low >>> 3, 0);
        low = view.getInt32(pad + WORD, true);
        high = view.getUint32(pad + WORD + 4, true);
      }
    }
    target.at = first;
    target.segment = inside;
    switch (low & 3) {
      case STRUCT:
        target.kind = "struct";
        target.dataWords = high & 0xffff;
        target.pointers = high >>> 16;
        return this.claim(target.dataWords + target.pointers);
      case LIST:
        target.kind = "list";
        target.elements = high & 7;
        target.count = high >>> 3;
        return this.list();
      default:
        throw this.bad("has a pointer that is neither of a struct nor of a list");
    }
  }

  count(): void {
    if (--this.nodes < 0) throw this.tooComplex(`has more than ${this.bounds.items} items`);
  }

  deeper(depth: number): number {
    if (depth === 0) throw this.tooComplex(`is nested deeper than ${this.bounds.depth}`);
    return depth - 1;
  }

  text(): string {
    const { target, view } = this;
    if (target.kind === "null") return "";
    const length = this.byteCount() - 1;
    if (length < 0 || view.getUint8(target.at + length) !== 0) throw this.bad("has a text without the zero at its end");
    const text = this.texts.read(view, target.at, length);
    if (text === undefined) throw this.bad("has a string that is not UTF-8");
    return text;
  }

  bytes(): Uint8Array {
    const { target, view } = this;
    // A copy of exactly its size, never a Buffer.
    return target.kind === "null" ? new Uint8Array() : new Uint8Array(view.buffer.slice(target.at, target.at + this.byteCount()) as ArrayBuffer);
  }

  integer(at: number, signed: boolean): number | bigint {
    const { view } = this;
    const high = signed ? view.getInt32(at + 4, true) : view.getUint32(at + 4, true);
    if (high < 0x20_0000 && high >= -0x20_0000) return high * 2 ** 32 + view.getUint32(at, true);
    const value = signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
    return value === 2n ** 53n ? 2 ** 53 : value;
  }

  close(): void {
    // One large frame must not keep its buffer for as long as the connection lives.
    if (this.view.byteLength > KEPT_BYTES) this.view = NOTHING;
  }

  bad(what: string, code: Code = "protocol_violation"): SallyportError {
    return new SallyportError(code, `the capnp frame ${what}`);
  }

  private tooComplex(what: string): SallyportError {
    return this.bad(what, codeOfBounds(this.bounds, "protocol_violation"));
  }

  private byteCount(): number {
    const { target } = this;
    if (target.kind !== "list" || target.elements !== BYTES) throw this.bad("has something else where text or bytes belong");
    return target.count;
  }

  private list(): void {
    const { target } = this;
    const { count } = target;
    if (target.elements === STRUCTS) return this.structs(count);
    if (target.elements === BYTES) return this.claim(Math.ceil(count / WORD));
    if (target.elements === POINTERS) return this.claim(count);
    throw this.bad(`has a list whose elements are of size ${target.elements}, which the schema has none of`);
  }

  private structs(words: number): void {
    const { target, view } = this;
    this.claim(words + 1);
    const low = view.getInt32(target.at, true);
    if ((low & 3) !== STRUCT) throw this.bad("has a list of structs without their size");
    target.count = low >>> 2;
    target.dataWords = view.getUint16(target.at + 4, true);
    target.pointers = view.getUint16(target.at + 6, true);
    target.at += WORD;
    const each = target.dataWords + target.pointers;
    if (target.count * each > words) throw this.bad("announces more items than it has words");
    // Structs of no size would be items out of nothing: each takes a byte at least, so memory follows what came.
    if (each === 0) this.pay(Math.ceil(target.count / WORD));
  }

  /** Where word number `word` of a segment is, with `words` from there on, which are paid. */
  private within(segment: number, word: number, words: number): number {
    const start = this.starts[segment];
    const end = this.ends[segment];
    if (start === undefined || end === undefined) throw this.bad("has a far pointer to a segment that did not come");
    const at = start + word * WORD;
    if (at + words * WORD > end) throw this.bad("has a far pointer beyond its segment");
    this.pay(words);
    return at;
  }

  /** The target lies in its segment, and is paid. */
  private claim(words: number): void {
    const { at, segment } = this.target;
    if (at < (this.starts[segment] as number) || at + words * WORD > (this.ends[segment] as number)) throw this.bad("has a pointer beyond its segment");
    this.pay(words);
  }

  private pay(words: number): void {
    this.words -= words;
    if (this.words < 0) throw this.bad("leads to more than it has words: pointers share a target, or go in circles");
  }
}
