import { createGather } from "./gather.js";
import { tooLarge, type SplitOptions, type Splitter } from "./split.js";

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** One body a line. A carriage return before the newline is dropped; empty lines are skipped. */
export function splitLines(options: SplitOptions): Splitter {
  const pending = createGather();
  let maxBytes = options.maxBytes;

  function finish(line: Uint8Array): void {
    const body = line[line.length - 1] === RETURN ? line.subarray(0, -1) : line;
    if (body.length > maxBytes) throw tooLarge(`a line has ${body.length} bytes`, maxBytes);
    if (body.length > 0) options.onBody(body);
  }

  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, start);
        if (end < 0) break;
        const part = chunk.subarray(start, end);
        start = end + 1;
        if (pending.size === 0) {
          finish(part);
        } else {
          if (pending.size + part.length > maxBytes + 1) throw tooLarge(`a line has ${pending.size + part.length} bytes`, maxBytes);
          pending.add(part);
          finish(pending.take());
        }
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
