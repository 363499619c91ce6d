import { createGather } from "./gather.js";
import { tooLarge, type SplitOptions, type Splitter } from "./split.js";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** One body a line. A carriage return before the newline is dropped; empty lines are skipped. */
export function splitLines(options: SplitOptions): Splitter {
  const pending = createGather();
  let maxBytes = options.maxBytes;

  function finish(bytes: Uint8Array, start: number, newline: number): void {
    const end = newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
    if (end - start > maxBytes) throw tooLarge(`a line has ${end - start} bytes`, maxBytes);
    if (end > start) options.onBody(bytes, start, end);
  }

  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, start);
        if (end < 0) break;
        if (pending.size === 0) {
          finish(chunk, start, end);
        } else {
          const size = pending.size + end - start;
          if (size > maxBytes + 1) throw tooLarge(`a line has ${size} bytes`, maxBytes);
          pending.add(chunk.subarray(start, end));
          const whole = pending.take();
          finish(whole, 0, whole.length);
        }
        start = end + 1;
      }
      const rest = chunk.length - start;
      // One more than the limit: it may be the carriage return.
      if (pending.size + rest > maxBytes + 1) throw tooLarge(`a line has more than ${maxBytes} bytes and no end yet`, maxBytes);
      if (rest > 0) pending.add(chunk.subarray(start));
    },
    allow(bytes) {
      maxBytes = bytes;
    },
    get held() {
      return pending.size;
    },
  };
}
