import { createTextWriter, storeAscii, type Bytes } from "@sallyport/bus";
import { WORD } from "./layout.js";

/** Size of a list's elements, as a list pointer spells it. */
const BYTES = 2;
const POINTERS = 6;
const STRUCTS = 7;
/** So far a loop over the characters beats a call of the engine's encoder. */
const LOOP_CHARS = 31;

/** Writes one segment. Positions are those in `out.bytes`, which may be replaced whenever something is written. */
export interface WordsOut {
  begin(out: Bytes): void;
  readonly out: Bytes;
  /** Where `words` zeros begin now. */
  take(words: number): number;
  /** Sets the pointer at `at`. */
  struct(at: number, target: number, dataWords: number, pointers: number): void;
  /** Elements of struct size, with their tag before them and `behind` words of zeros behind: where the first one is. */
  structs(at: number, count: number, dataWords: number, pointers: number, behind?: number): number;
  /** Pointers: where the first one is. */
  pointers(at: number, count: number): number;
  text(at: number, text: string): void;
  bytes(at: number, bytes: Uint8Array): void;
  /** An integer of up to 2^53 in magnitude. */
  integer(at: number, value: number): void;
}

export function createWordsOut(): WordsOut {
  return new Segment();
}

class Segment implements WordsOut {
  out!: Bytes;
  private readonly texts = createTextWriter();

  begin(out: Bytes): void {
    this.out = out;
  }

  take(words: number): number {
    const { out } = this;
    const bytes = words * WORD;
    out.reserve(bytes);
    const at = out.size;
    out.bytes.fill(0, at, at + bytes);
    out.size = at + bytes;
    return at;
  }

  struct(at: number, target: number, dataWords: number, pointers: number): void {
    const { view } = this.out;
    view.setInt32(at, ((target - at) / WORD - 1) << 2, true);
    view.setUint16(at + 4, dataWords, true);
    view.setUint16(at + 6, pointers, true);
  }

  structs(at: number, count: number, dataWords: number, pointers: number, behind = 0): number {
    const words = count * (dataWords + pointers);
    const tag = this.take(1 + words + behind);
    this.list(at, tag, STRUCTS, words);
    const { view } = this.out;
    view.setInt32(tag, count << 2, true);
    view.setUint16(tag + 4, dataWords, true);
    view.setUint16(tag + 6, pointers, true);
    return tag + WORD;
  }

  pointers(at: number, count: number): number {
    const first = this.take(count);
    this.list(at, first, POINTERS, count);
    return first;
  }

  text(at: number, text: string): void {
    const { out } = this;
    const start = out.size;
    const short = text.length <= LOOP_CHARS;
    if (short) out.reserve(text.length);
    if (short && storeAscii(text, out.view, start)) out.size = start + text.length;
    else this.texts.write(text, out);
    const length = out.size - start;
    // A text ends with a zero, and everything at a whole word.
    this.pad(start, length + 1);
    this.list(at, start, BYTES, length + 1);
  }

  bytes(at: number, bytes: Uint8Array): void {
    const { out } = this;
    const start = out.size;
    out.reserve(bytes.length);
    out.bytes.set(bytes, start);
    out.size = start + bytes.length;
    this.pad(start, bytes.length);
    this.list(at, start, BYTES, bytes.length);
  }

  integer(at: number, value: number): void {
    const high = Math.floor(value / 2 ** 32);
    const { view } = this.out;
    view.setUint32(at, value - high * 2 ** 32, true);
    view.setInt32(at + 4, high, true);
  }

  /** Zeros from where `out` ends up to the whole word in which `length` bytes from `start` on do. */
  private pad(start: number, length: number): void {
    const { out } = this;
    out.reserve(WORD);
    out.view.setUint32(out.size, 0);
    out.view.setUint32(out.size + 4, 0);
    out.size = start + Math.ceil(length / WORD) * WORD;
  }

  private list(at: number, target: number, elementSize: number, count: number): void {
    const { view } = this.out;
    view.setInt32(at, (((target - at) / WORD - 1) << 2) | 1, true);
    view.setUint32(at + 4, ((count << 3) | elementSize) >>> 0, true);
  }
}
