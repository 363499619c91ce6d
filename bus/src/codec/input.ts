import type { Code } from "../codes.js";
import { SallyportError } from "../errors.js";
import { codeOfBounds, WIDEST, type FrameBounds } from "../bounds.js";
import { createTextReader, type TextReader } from "./text-in.js";

/** Untrusted bytes being read: every step forward is checked against the end, every value against the budget. */
export interface Input {
  /** All of the buffer that the frame lies in: positions count from its start. */
  readonly view: DataView;
  at: number;
  readonly end: number;
  open(bytes: Uint8Array, start: number, end: number, attachment?: Uint8Array): void;
  /** Of the frames opened from now on. */
  bounds: FrameBounds;
  /** Where the next `n` bytes begin, which are read now. */
  take(n: number): number;
  /** Of the values that may still be built, one. */
  count(): void;
  /** Judges the count that a container announces: each item takes a byte at least, so memory follows what came. */
  items(count: number, bytesEach: number): void;
  /** The depth below a container. */
  deeper(depth: number): number;
  text(length: number): string;
  /** A copy of exactly its size, never a Buffer. */
  bytes(length: number): Uint8Array;
  /** The bytes that came beside the frame; they can be asked for once. */
  attached(): Uint8Array;
  finite(value: number): number;
  /** All was read. */
  finish(): void;
  /** The error for bytes that are no frame. */
  bad(what: string): SallyportError;
}

export function createInput(codec: string): Input {
  return new CheckedInput(codec);
}

const KEPT_BYTES = 256 << 10;
const NOTHING = new DataView(new ArrayBuffer(0));

class CheckedInput implements Input {
  view: DataView = NOTHING;
  at = 0;
  end = 0;
  bounds = WIDEST;
  private nodes = 0;
  private attachment: Uint8Array | undefined = undefined;
  private start = 0;
  private readonly texts: TextReader = createTextReader();

  private readonly codec: string;

  constructor(codec: string) {
    this.codec = codec;
  }

  open(bytes: Uint8Array, start: number, end: number, attachment?: Uint8Array): void {
    this.attachment = attachment;
    // Frames of one chunk or ring lie in one buffer: the view is made once for all of them.
    if (bytes.buffer !== this.view.buffer) this.view = new DataView(bytes.buffer);
    this.start = this.at = bytes.byteOffset + start;
    this.end = bytes.byteOffset + end;
    this.nodes = this.bounds.items;
  }

  take(n: number): number {
    const { at } = this;
    if (n > this.end - at) throw this.bad("ends before its value does");
    this.at = at + n;
    return at;
  }

  count(): void {
    if (--this.nodes < 0) throw this.tooComplex(`has more than ${this.bounds.items} items`);
  }

  items(count: number, bytesEach: number): void {
    if (count * bytesEach > this.end - this.at) throw this.bad("announces more items than it has bytes");
  }

  deeper(depth: number): number {
    if (depth === 0) throw this.tooComplex(`is nested deeper than ${this.bounds.depth}`);
    return depth - 1;
  }

  text(length: number): string {
    const text = this.texts.read(this.view, this.take(length), length);
    if (text === undefined) throw this.bad("has a string that is not UTF-8");
    return text;
  }

  bytes(length: number): Uint8Array {
    const at = this.take(length);
    const copy = new Uint8Array(length);
    copy.set(new Uint8Array(this.view.buffer, at, length));
    return copy;
  }

  finite(value: number): number {
    if (!Number.isFinite(value)) throw this.bad(`has the number ${value}`);
    return value;
  }

  attached(): Uint8Array {
    const { attachment } = this;
    if (attachment === undefined) throw this.bad("refers to bytes beside it that did not come");
    this.attachment = undefined;
    return attachment;
  }

  finish(): void {
    if (this.at !== this.end) throw this.bad(`has ${this.end - this.at} bytes after its end`);
    if (this.attachment !== undefined) throw this.bad("came with bytes beside it that it does not refer to");
    // One large frame must not keep its buffer for as long as the connection lives.
    if (this.view.byteLength > KEPT_BYTES) this.view = NOTHING;
  }

  private tooComplex(what: string): SallyportError {
    return this.bad(what, codeOfBounds(this.bounds, "protocol_violation"));
  }

  bad(what: string, code: Code = "protocol_violation"): SallyportError {
    return new SallyportError(code, `the ${this.codec} frame ${what} (at byte ${this.at - this.start})`);
  }
}
