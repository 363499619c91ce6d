import type { Codec } from "./codec.js";
import { SallyportError } from "../errors.js";
import { excerpt } from "../frame.js";
import { inspectValue, KIND } from "../value.js";
import { scanJson } from "./json-scan.js";
import { reviveJson, writeJson } from "./json-values.js";

const SPECIAL = KIND.dollarKey | KIND.bytes | KIND.time | KIND.bigint | KIND.hugeFloat;

type Decoder = InstanceType<typeof TextDecoder>;

/** JSON lines. Slower and larger than msgpack where bytes are concerned, and readable by people and shells. */
export const jsonCodec: Codec = createJsonCodec();

function createJsonCodec(): Codec {
  // Made at first use: a realm without them can still import the bus.
  let encoder: InstanceType<typeof TextEncoder> | undefined;
  let decoder: Decoder | undefined;
  return {
    name: "json",
    framing: "line",
    encode(value) {
      const special = (inspectValue(value) & SPECIAL) !== 0;
      encoder ??= new TextEncoder();
      return exact(encoder.encode(oneLine(special ? writeJson(value) : JSON.stringify(value))));
    },
    decode(bytes) {
      decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return parse(textOf(decoder, bytes));
    },
  };
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

function parse(text: string): unknown {
  const facts = scanJson(text);
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
  return facts.walk ? reviveJson(value) : value;
}

/** Some engines encode into a larger or pooled buffer; what leaves here may be transferred. */
function exact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
