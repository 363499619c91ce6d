import {
  createBytes, createFrameEncoder, explainRefusal, forWire, inspectValue, MAX_DEPTH, readFrame,
  type Bytes, type Codec, type EventFrame, type FrameDecoder, type FrameEncoder, type SharedValue,
} from "@sallyport/bus";
import { createFrameIn } from "./frame-in.js";
import { createFrameOut, type FrameOut } from "./frame-out.js";
import { WORD } from "./layout.js";
import { createSegments } from "./segments.js";

/** The table of a message with one segment, and of one with two. */
const ONE_SEGMENT_BYTES = 8;
const TWO_SEGMENTS_BYTES = 16;

/**
 * Cap'n Proto, by `schema/sallyport.capnp`. Written and read here: a library's reader follows pointers when a field is asked for, in
 * circles too, and knows neither the bounds of a frame nor its data model.
 */
export const capnpCodec: Codec = {
  name: "capnp",
  framing: "length",
  encode,
  decode(bytes) {
    const message = createSegments();
    return createFrameIn(message).value(message.open(bytes, 0, bytes.length), MAX_DEPTH);
  },
  createEncoder,
  createDecoder,
};

function encode(value: unknown): Uint8Array {
  inspectValue(value);
  const out = createBytes();
  const writer = createFrameOut();
  try {
    message(writer, out, ONE_SEGMENT_BYTES, (root) => writer.value(root, value));
  } catch (thrown) {
    throw explainRefusal(value, thrown);
  }
  return out.bytes.slice(0, out.size);
}

/** One segment with its table, which has `tableBytes`. */
function message({ words }: FrameOut, out: Bytes, tableBytes: number, write: (root: number) => void): void {
  const table = out.size;
  out.reserve(tableBytes);
  out.bytes.fill(0, table, table + tableBytes);
  out.size = table + tableBytes;
  words.begin(out);
  write(words.take(1));
  out.view.setUint32(table + 4, (out.size - table - tableBytes) / WORD, true);
}

function createEncoder(): FrameEncoder {
  const writer = createFrameOut();
  return createFrameEncoder({
    write(frame, out, bounds) {
      const plain = forWire(frame) as unknown as Record<string, unknown>;
      inspectValue(plain, "value", bounds);
      try {
        message(writer, out, ONE_SEGMENT_BYTES, (root) => writer.frame(root, plain));
      } catch (thrown) {
        throw explainRefusal(plain, thrown, bounds);
      }
    },
    writeEvent: (frame, payload, out) => writeEvent(writer, frame, payload, out),
  });
}

function encodePayload(value: unknown): Uint8Array {
  inspectValue({ p: value });
  return encode(value);
}

/** The payload that was encoded before is the second segment as it is: its first word leads to the value, and a far pointer to that word. */
function writeEvent(writer: FrameOut, { t, m, meta }: EventFrame, shared: SharedValue, out: Bytes): void {
  const event = { t, m, p: null, ...(meta && { meta }) };
  inspectValue(event);
  const payload = shared.encodedBy("capnp", encodePayload).subarray(ONE_SEGMENT_BYTES);
  const table = out.size;
  message(writer, out, TWO_SEGMENTS_BYTES, (root) =>
    writer.frame(root, event, (at) => {
      out.view.setUint32(at, 2, true);
      out.view.setUint32(at + 4, 1, true);
    }),
  );
  out.view.setUint32(table, 1, true);
  out.view.setUint32(table + 8, payload.length / WORD, true);
  out.reserve(payload.length);
  out.bytes.set(payload, out.size);
  out.size += payload.length;
}

function createDecoder(): FrameDecoder {
  const source = createSegments();
  const reader = createFrameIn(source);
  return {
    decode(bytes, start, end) {
      const root = source.open(bytes, start, end);
      const fields = reader.frame(root, source.bounds.depth);
      source.close();
      return fields === undefined ? undefined : readFrame(fields);
    },
    bound(bounds) {
      source.bounds = bounds;
    },
  };
}
