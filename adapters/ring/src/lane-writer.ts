import { ASLEEP, HEAD, TAIL, TAKEN, WAITING, type Lane } from "./memory.js";
import { FLAG_BITS, HEADER_BYTES, recordBytes, violated } from "./record.js";

/** The one writer of a lane. Reads nothing from shared memory that it does not check. */
export interface LaneWriter {
  /** Room for a body in the ring and for bytes by the port. Throws `protocol_violation` for words that cannot be. */
  fits(bodyBytes: number, portBytes: number): boolean;
  /** Writes and publishes one record, after `fits`. */
  put(flags: number, portBytes: number, bytes: Uint8Array, start: number, end: number): void;
  /** True once if the reader sleeps: it is to be woken now. */
  wakes(): boolean;
  /** The reader is to say when there is room; `fits` has to be asked again after this. */
  awaitRoom(): void;
  /** Blocks this thread until the reader made room, at most so long. */
  blockMs(ms: number): void;
}

/** Bytes under way by the port; a single larger message may always go. Less, and large payloads wait in line instead of travelling. */
const PORT_BYTES_AHEAD = 64 << 20;
/** Up to here a loop over words beats a view and a `set`. */
const LOOP_BYTES = 256;

export function createLaneWriter({ words, bytes: ring, view }: Lane): LaneWriter {
  const size = ring.length;
  const mask = size - 1;
  let tail = 0;
  // As last seen: it can only have moved on.
  let head = 0;
  let posted = 0;
  // Made anew when the sender's arena has grown.
  let source: DataView = new DataView(new ArrayBuffer(0));

  function room(needed: number): boolean {
    if (needed <= size - ((tail - head) | 0)) return true;
    head = Atomics.load(words, HEAD);
    const used = (tail - head) | 0;
    if (used < 0 || used > size) throw violated(`its reader claims ${used} bytes in use of ${size}`);
    return needed <= size - used;
  }

  function roomByPort(needed: number): boolean {
    const ahead = (posted - Atomics.load(words, TAKEN)) | 0;
    if (ahead < 0) throw violated(`its reader took ${-ahead} bytes that were never posted`);
    return ahead === 0 || ahead + needed <= PORT_BYTES_AHEAD;
  }

  function copyWords(bytes: Uint8Array, start: number, length: number, at: number): void {
    if (bytes.buffer !== source.buffer) source = new DataView(bytes.buffer);
    const from = bytes.byteOffset + start;
    const words = length & ~3;
    for (let i = 0; i < words; i += 4) view.setUint32(at + i, source.getUint32(from + i));
    for (let i = words; i < length; i++) view.setUint8(at + i, source.getUint8(from + i));
  }

  return {
    fits: (bodyBytes, portBytes) => room(recordBytes(bodyBytes)) && (portBytes === 0 || roomByPort(portBytes)),
    put(flags, portBytes, bytes, start, end) {
      const length = end - start;
      view.setUint32(tail & mask, (length << FLAG_BITS) | flags, true);
      const at = (tail + HEADER_BYTES) & mask;
      if (length <= LOOP_BYTES && at + length <= size) {
        copyWords(bytes, start, length, at);
      } else if (at + length <= size) {
        ring.set(bytes.subarray(start, end), at);
      } else {
        const cut = start + size - at;
        ring.set(bytes.subarray(start, cut), at);
        ring.set(bytes.subarray(cut, end), 0);
      }
      posted = (posted + portBytes) | 0;
      tail = (tail + recordBytes(length)) | 0;
      Atomics.store(words, TAIL, tail);
    },
    // Reads before it writes: a shared line that nobody writes stays cheap.
    wakes: () => Atomics.load(words, ASLEEP) === 1 && Atomics.exchange(words, ASLEEP, 0) === 1,
    awaitRoom: () => void Atomics.store(words, WAITING, 1),
    blockMs: (ms) => void Atomics.wait(words, WAITING, 1, ms),
  };
}
