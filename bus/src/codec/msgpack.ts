import { MAX_DEPTH, WIDEST } from "../bounds.js";
import { readFrame, type EventFrame } from "../frame.js";
import type { SharedValue } from "../shared.js";
import { inspectValue } from "../value.js";
import { createBytes, type Bytes } from "./bytes.js";
import type { Codec, FrameDecoder, FrameEncoder } from "./codec.js";
import { createFrameEncoder } from "./encoder.js";
import { createInput } from "./input.js";
import { createMsgpackReader } from "./msgpack-in.js";
import { createMsgpackWriter } from "./msgpack-out.js";
import { appendBytes, explainRefusal, forWire } from "./refusal.js";

/**
 * MessagePack, written and read here: a library's decoder revives errors, regular expressions and references, which
 * is nothing for the bytes of a plugin, and walks every value a second time to check it.
 */
export const msgpackCodec: Codec = {
  name: "msgpack",
  framing: "length",
  encode,
  decode(bytes) {
    const input = createInput("msgpack");
    input.open(bytes, 0, bytes.length);
    const value = createMsgpackReader(input).read(MAX_DEPTH);
    input.finish();
    return value;
  },
  createEncoder: createMsgpackEncoder,
  createDecoder: createMsgpackDecoder,
};

function encode(value: unknown): Uint8Array {
  const out = createBytes();
  append(value, out);
  return out.bytes.slice(0, out.size);
}

function append(value: unknown, out: Bytes, writer = createMsgpackWriter(), bounds = WIDEST): void {
  try {
    writer.write(value, out, bounds);
  } catch (thrown) {
    throw explainRefusal(value, thrown, bounds);
  }
}

function createMsgpackEncoder(): FrameEncoder {
  const writer = createMsgpackWriter();
  return createFrameEncoder({ write: (frame, out, bounds) => append(forWire(frame), out, writer, bounds), writeEvent });
}

function encodePayload(value: unknown): Uint8Array {
  inspectValue({ p: value });
  return encode(value);
}

/** The frame with nil for its last value, and in that one byte's place the payload that was encoded before. */
function writeEvent({ t, m, meta }: EventFrame, shared: SharedValue, out: Bytes): void {
  append({ t, m, meta, p: null }, out);
  out.size--;
  appendBytes(shared.encodedBy("msgpack", encodePayload), out);
}

function createMsgpackDecoder(): FrameDecoder {
  const input = createInput("msgpack");
  const reader = createMsgpackReader(input);
  return {
    decode(bytes, start, end) {
      input.open(bytes, start, end);
      const value = reader.read(input.bounds.depth);
      input.finish();
      return readFrame(value);
    },
    bound(bounds) {
      input.bounds = bounds;
    },
  };
}
