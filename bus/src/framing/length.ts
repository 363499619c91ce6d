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

  function readLength(rest: Uint8Array): void {
    const bytes = header.take();
    expected = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
    if (expected === 0) throw new SallyportError("protocol_violation", "a frame announces 0 bytes; every frame is one map");
    if (expected > maxBytes && bytes.every(isText)) throw stray(bytes, rest);
    if (expected > maxBytes) throw tooLarge(`a frame announces ${expected} bytes`, maxBytes);
  }

  return {
    push(chunk) {
      let pos = 0;
      while (pos < chunk.length) {
        if (expected === 0) {
          const end = Math.min(chunk.length, pos + LENGTH_BYTES - header.size);
          header.add(chunk.subarray(pos, end));
          pos = end;
          if (header.size < LENGTH_BYTES) return;
          readLength(chunk.subarray(end));
        }
        const end = Math.min(chunk.length, pos + expected - body.size);
        const part = chunk.subarray(pos, end);
        pos = end;
        if (body.size + part.length < expected) {
          body.add(part);
          return;
        }
        expected = 0;
        if (body.size === 0) {
          options.onBody(part);
        } else {
          body.add(part);
          options.onBody(body.take());
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
