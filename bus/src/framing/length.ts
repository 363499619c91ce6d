import { SallyportError } from "../errors.js";
import { LENGTH_BYTES } from "./encode.js";
import { createGather } from "./gather.js";
import { tooLarge, type SplitOptions, type Splitter } from "./split.js";

/** A u32 big-endian length before each body. The length is judged before a byte of the body is kept. */
export function splitLengths(options: SplitOptions): Splitter {
  const header = createGather();
  const body = createGather();
  let maxBytes = options.maxBytes;
  let expected = 0;

  function begin(length: number, header: Uint8Array, rest: Uint8Array): void {
    expected = length;
    if (expected === 0) throw new SallyportError("protocol_violation", "a frame announces 0 bytes; every frame is one map");
    if (expected <= maxBytes) return;
    throw header.every(isText) ? stray(header, rest) : tooLarge(`a frame announces ${expected} bytes`, maxBytes);
  }

  /** Returns where the body begins, or the end of the chunk when the length is not complete. */
  function readLength(chunk: Uint8Array, pos: number): number {
    const end = Math.min(chunk.length, pos + LENGTH_BYTES - header.size);
    if (header.size === 0 && end - pos === LENGTH_BYTES) {
      const length = lengthAt(chunk, pos);
      if (length > 0 && length <= maxBytes) expected = length;
      else begin(length, chunk.subarray(pos, end), chunk.subarray(end));
      return end;
    }
    header.add(chunk.subarray(pos, end));
    if (header.size === LENGTH_BYTES) {
      const bytes = header.take();
      begin(lengthAt(bytes, 0), bytes, chunk.subarray(end));
    }
    return end;
  }

  return {
    push(chunk) {
      let pos = 0;
      while (pos < chunk.length) {
        if (expected === 0) pos = readLength(chunk, pos);
        if (expected === 0) return;
        const end = pos + expected - body.size;
        if (end > chunk.length) {
          if (pos < chunk.length) body.add(chunk.subarray(pos));
          return;
        }
        const start = pos;
        pos = end;
        expected = 0;
        if (body.size === 0) {
          options.onBody(chunk, start, end);
        } else {
          body.add(chunk.subarray(start, end));
          const whole = body.take();
          options.onBody(whole, 0, whole.length);
        }
      }
    },
    allow(bytes) {
      maxBytes = bytes;
    },
    get held() {
      return expected === 0 ? header.size : LENGTH_BYTES + body.size;
    },
  };
}

function lengthAt(bytes: Uint8Array, pos: number): number {
  return (((bytes[pos] as number) << 24) | ((bytes[pos + 1] as number) << 16) | ((bytes[pos + 2] as number) << 8) | (bytes[pos + 3] as number)) >>> 0;
}

const EXCERPT_BYTES = 80;

/** Something printed into the wire, a stray log line mostly: read as a length it would be a baffling number. */
function stray(header: Uint8Array, rest: Uint8Array): SallyportError {
  const text = [...header, ...rest.subarray(0, EXCERPT_BYTES)];
  const end = text.findIndex((byte) => !isText(byte));
  const quoted = JSON.stringify(String.fromCharCode(...text.slice(0, end < 0 ? EXCERPT_BYTES : Math.min(end, EXCERPT_BYTES))));
  return new SallyportError("protocol_violation", `text where a frame should begin: ${quoted}`, { help: "Print to stderr: stdout belongs to the protocol." });
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
