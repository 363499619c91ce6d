import { ASLEEP, HEAD, TAIL, TAKEN, WAITING, type Lane } from "./memory.js";
import { FLAG_BITS, FLAGS, HEADER_BYTES, inlineBytes, recordBytes, violated } from "./record.js";

/**
 * The one reader of a lane. Copies whole records out of shared memory before it looks at them, and checks every
 * length and index; so what it hands on cannot change any more. Throws `protocol_violation`.
 */
export interface LaneReader {
  /** Moves to the next record, which stays valid until the next call. */
  next(): boolean;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  /** Counts bytes taken from the port, so that the writer may post more. */
  took(portBytes: number): void;
  /** True once if the writer waits for room, which there is now: it is to be told. */
  kicks(): boolean;
  /** Announces sleep. `false`: something came in the meantime, and the reader is awake. */
  sleep(): boolean;
  wake(): void;
  /** The position behind all that was published so far. */
  published(): number;
  /** Whether `next` has passed that position. */
  passed(position: number): boolean;
}

/** Copied out at once: some 500 small records; holds the largest one. */
const CHUNK_BYTES = 64 << 10;
const FIRST_BYTES = 4 << 10;

export function createLaneReader(lane: Lane): LaneReader {
  return new Reader(lane);
}

class Reader implements LaneReader {
  bytes = new Uint8Array(FIRST_BYTES);
  start = 0;
  end = 0;
  flags = 0;
  readonly #words: Int32Array;
  readonly #ring: Uint8Array;
  readonly #inlineBytes: number;
  #view = new DataView(this.bytes.buffer);
  /** Position behind what was copied out. Kept here: the word in shared memory is for the writer only. */
  #head = 0;
  /** The next record in the copy, and the end of the whole ones. */
  #at = 0;
  #size = 0;
  #taken = 0;

  constructor({ words, bytes }: Lane) {
    this.#words = words;
    this.#ring = bytes;
    this.#inlineBytes = inlineBytes(bytes.length);
  }

  next(): boolean {
    if (this.#at === this.#size && !this.#copyOut()) return false;
    const header = this.#view.getUint32(this.#at, true);
    const length = header >>> FLAG_BITS;
    this.flags = header & FLAGS;
    this.start = this.#at + HEADER_BYTES;
    this.end = this.start + length;
    this.#at += recordBytes(length);
    return true;
  }

  #copyOut(): boolean {
    const ready = (Atomics.load(this.#words, TAIL) - this.#head) | 0;
    if (ready === 0) return false;
    if (ready < 0 || ready > this.#ring.length || ready % HEADER_BYTES !== 0) throw violated(`its writer claims ${ready} bytes ready of ${this.#ring.length}`);
    const size = Math.min(ready, CHUNK_BYTES);
    this.#reserve(size);
    const from = this.#head & (this.#ring.length - 1);
    const cut = Math.min(size, this.#ring.length - from);
    this.bytes.set(this.#ring.subarray(from, from + cut));
    if (cut < size) this.bytes.set(this.#ring.subarray(0, size - cut), cut);
    this.#at = 0;
    this.#size = this.#wholeRecords(size, ready);
    this.#head = (this.#head + this.#size) | 0;
    Atomics.store(this.#words, HEAD, this.#head);
    return true;
  }

  /** Where the last record ends that was copied whole. */
  #wholeRecords(size: number, ready: number): number {
    let at = 0;
    while (at < size) {
      const length = this.#view.getUint32(at, true) >>> FLAG_BITS;
      if (length > this.#inlineBytes) throw violated(`a record announces ${length} bytes; the limit is ${this.#inlineBytes}`);
      const end = at + recordBytes(length);
      if (end > ready) throw violated(`a record announces ${length} bytes, and ${ready - at - HEADER_BYTES} follow`);
      if (end > size) break;
      at = end;
    }
    return at;
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(size, this.bytes.length * 2)));
    this.#view = new DataView(this.bytes.buffer);
  }

  took(portBytes: number): void {
    this.#taken = (this.#taken + portBytes) | 0;
    Atomics.store(this.#words, TAKEN, this.#taken);
  }

  kicks(): boolean {
    if (Atomics.load(this.#words, WAITING) !== 1 || Atomics.exchange(this.#words, WAITING, 0) !== 1) return false;
    Atomics.notify(this.#words, WAITING);
    return true;
  }

  sleep(): boolean {
    Atomics.store(this.#words, ASLEEP, 1);
    if (this.#at === this.#size && Atomics.load(this.#words, TAIL) === this.#head) return true;
    Atomics.store(this.#words, ASLEEP, 0);
    return false;
  }

  wake(): void {
    Atomics.store(this.#words, ASLEEP, 0);
  }

  published(): number {
    return Atomics.load(this.#words, TAIL);
  }

  passed(position: number): boolean {
    return this.#at === this.#size && ((this.#head - position) | 0) >= 0;
  }
}
