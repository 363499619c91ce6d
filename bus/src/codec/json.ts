import type { Codec } from "./codec.js";
import { takesAll, WIDEST, type FrameBounds } from "../bounds.js";
import { SallyportError } from "../errors.js";
import { excerpt, readFrame, type EventFrame } from "../frame.js";
import type { SharedValue } from "../shared.js";
import { inspectValue, KIND } from "../value.js";
import { createBytes, type Bytes } from "./bytes.js";
import { scanJson } from "./json-scan.js";
import { reviveJson, writeJson } from "./json-values.js";
import { appendBytes, appendFrame, forWire } from "./refusal.js";
import { createTextWriter } from "./text-out.js";

const SPECIAL = KIND.dollarKey | KIND.bytes | KIND.time | KIND.bigint | KIND.hugeFloat;

type Decoder = InstanceType<typeof TextDecoder>;

/** JSON lines. Slower and larger than msgpack where bytes are concerned, and readable by people and shells. */
export const jsonCodec: Codec = createJsonCodec();

function createJsonCodec(): Codec {
  const texts = createTextWriter();
  // Made at first use: a realm without one can still import the bus.
  let decoder: Decoder | undefined;
  const read = (bytes: Uint8Array, bounds: FrameBounds): unknown => {
    decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return parse(textOf(decoder, bytes), bounds);
  };
  const encode = (value: unknown): Uint8Array => {
    const out = createBytes();
    texts.write(lineOf(value), out);
    return out.bytes.slice(0, out.size);
  };
  const encodePayload = (value: unknown): Uint8Array => {
    inspectValue({ p: value });
    return encode(value);
  };
  /** The keys in their order, the payload from what was encoded before. */
  const writeEvent = ({ t, m, meta }: EventFrame, s: SharedValue, out: Bytes): void => {
    texts.write(`${lineOf({ t, m }).slice(0, -1)},"p":`, out);
    appendBytes(s.encodedBy("json", encodePayload), out);
    texts.write(meta === undefined ? "}" : `,${lineOf({ meta }).slice(1)}`, out);
  };
  return {
    name: "json",
    framing: "line",
    encode,
    decode: (bytes) => read(bytes, WIDEST),
    createEncoder() {
      let bounds = WIDEST;
      return {
        encode(frame, out, maxBytes) {
          appendFrame(frame, out, maxBytes, () => {
            // One encoding serves many receivers, so it is not held to the bounds of this one.
            if (frame.t === "ev" && frame.s !== undefined && takesAll(bounds)) writeEvent(frame, frame.s, out);
            else texts.write(lineOf(forWire(frame), bounds), out);
          });
        },
        bound(given) {
          bounds = given;
        },
      };
    },
    createDecoder() {
      let bounds = WIDEST;
      return {
        decode: (bytes, start, end) => readFrame(read(bytes.subarray(start, end), bounds)),
        bound(given) {
          bounds = given;
        },
      };
    },
  };
}

function lineOf(value: unknown, bounds = WIDEST): string {
  const special = (inspectValue(value, "value", bounds) & SPECIAL) !== 0;
  return oneLine(special ? writeJson(value) : JSON.stringify(value));
}

const LINE_ENDS = /[\u2028\u2029]/g;

/** JSON may hold these two as they are, and some line readers (Node's own, from 26 on) end a line at them. */
function oneLine(text: string): string {
  return text.includes("\u2028") || text.includes("\u2029") ? text.replace(LINE_ENDS, (end) => (end === "\u2028" ? "\\u2028" : "\\u2029")) : text;
}

function textOf(decoder: Decoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new SallyportError("protocol_violation", "the frame is not UTF-8");
  }
}

function parse(text: string, bounds: FrameBounds): unknown {
  const facts = scanJson(text, bounds);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SallyportError("protocol_violation", `the frame is not JSON: ${excerpt(text)}`);
  }
  // Two readers of `{"id":1,"id":2}` may disagree on which one counts, so nobody gets to send it.
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length !== facts.topKeys) {
    throw new SallyportError("protocol_violation", `the frame has a key twice: ${excerpt(text)}`);
  }
  return facts.walk ? reviveJson(value, bounds) : value;
}
