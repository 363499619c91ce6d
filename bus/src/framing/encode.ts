import type { Codec } from "../codec/codec.js";
import type { Frame } from "../frame.js";
import { isSallyportError, SallyportError } from "../errors.js";

const NEWLINE = 0x0a;
export const LENGTH_BYTES = 4;

/**
 * One frame with its framing, ready for a pipe. `maxBytes` bounds the frame itself, without newline or length.
 * Throws `frame_too_large`, or `bad_value` with the path as the author knows it (`params.amount`).
 */
export function encodeFrame(codec: Codec, frame: Frame, maxBytes: number): Uint8Array {
  const body = encodeBody(codec, frame);
  if (body.length > maxBytes) {
    throw new SallyportError("frame_too_large", `the frame '${frame.t}' takes ${body.length} bytes; the limit is ${maxBytes}`);
  }
  if (codec.framing === "line") {
    const out = new Uint8Array(body.length + 1);
    out.set(body);
    out[body.length] = NEWLINE;
    return out;
  }
  const out = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(out.buffer).setUint32(0, body.length);
  out.set(body, LENGTH_BYTES);
  return out;
}

const FIELD_NAMES: Readonly<Record<string, string>> = { "req.p": "params", "ev.p": "payload", "res.r": "result", "data.d": "item", "err.e": "error", "log.f": "fields", "hello.config": "config" };

function encodeBody(codec: Codec, frame: Frame): Uint8Array {
  try {
    return codec.encode(frame);
  } catch (error) {
    if (!isSallyportError(error) || error.path === undefined) throw error;
    const [, key = "", rest = ""] = /^value\.([a-z]+)(.*)$/s.exec(error.path) ?? [];
    const name = FIELD_NAMES[`${frame.t}.${key}`];
    if (name === undefined) throw error;
    const path = name + rest;
    throw new SallyportError(error.code, path + error.message.slice(error.path.length), { path, cause: error });
  }
}
