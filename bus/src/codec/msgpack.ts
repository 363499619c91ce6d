import { Packr } from "msgpackr/pack";
import { Unpackr } from "msgpackr/unpack";
import type { Codec } from "./codec.js";
import { SallyportError } from "../errors.js";
import { inspectValue, KIND, MAX_NUMBER_INT } from "../value.js";
import { swapMarks } from "./marks.js";
import { scanMsgpack } from "./scan.js";

/**
 * MessagePack by msgpackr, from its subpaths: they leave out streams and the native string reader, which would
 * see untrusted bytes. Its decoder revives errors, regular expressions, references and generated record readers
 * whatever its options say, so nothing reaches it that `scanMsgpack` has not passed.
 */
export const msgpackCodec: Codec = createMsgpackCodec();

const COPY = KIND.undefinedProperty | KIND.wideInteger;

function createMsgpackCodec(): Codec {
  const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, structuredClone: false, int64AsType: "auto", copyBuffers: true });
  return {
    name: "msgpack",
    framing: "length",
    encode(value) {
      const copy = (inspectValue(value) & COPY) !== 0;
      const packed = packr.pack(copy ? plain(value) : value);
      // msgpackr hands out a view of a pooled buffer that also holds other messages: never let it leave.
      const out = new Uint8Array(packed.length);
      out.set(packed);
      return out;
    },
    decode(bytes) {
      const facts = scanMsgpack(bytes);
      // A view of our own: msgpackr hangs a property on its source, and copies of a Node Buffer would be Buffers.
      const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const value: unknown = facts.marks === undefined ? unpackr.unpack(view) : swapMarks(view, facts.marks, (copy) => unpackr.unpack(copy));
      if (facts.topKeys > 0 && Object.keys(value as object).length !== facts.topKeys) {
        throw new SallyportError("protocol_violation", "the msgpack frame has a key twice");
      }
      return value;
    },
  };
}

/** Without undefined properties, and with integers beyond 32 bits as integers: msgpackr writes such a `number` as a float. */
function plain(value: unknown): unknown {
  if (typeof value === "number") return isWide(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(plain);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) out[key] = plain(item);
  return out;
}

function isWide(value: number): boolean {
  return (value > 0xffff_ffff || value < -0x8000_0000) && Math.abs(value) <= MAX_NUMBER_INT && Number.isInteger(value);
}
