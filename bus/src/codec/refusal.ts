import type { Frame } from "../frame.js";
import { isSallyportError, SallyportError } from "../errors.js";
import { WIDEST } from "../bounds.js";
import { inspectValue } from "../value.js";
import type { Bytes } from "./bytes.js";

const FIELD_NAMES: Readonly<Record<string, string>> = { "req.p": "params", "ev.p": "payload", "res.r": "result", "data.d": "item", "err.e": "error", "log.f": "fields", "hello.config": "config" };

/** The frame without what only encoders use. */
export function forWire(frame: Frame): Frame {
  return frame.t === "ev" && frame.s !== undefined ? { t: frame.t, m: frame.m, p: frame.p, ...(frame.meta && { meta: frame.meta }) } : frame;
}

/** The error of a frame that an encoder refused, its path as the author knows it: `params.amount`, not `value.p.amount`. */
export function asAuthorKnows(frame: Frame, error: unknown): unknown {
  if (!isSallyportError(error) || error.path === undefined) return error;
  const [, key = "", rest = ""] = /^value\.([a-z]+)(.*)$/s.exec(error.path) ?? [];
  const name = FIELD_NAMES[`${frame.t}.${key}`];
  if (name === undefined) return error;
  const path = name + rest;
  return new SallyportError(error.code, path + error.message.slice(error.path.length), { path, cause: error });
}

/** `bytes` so far: a codec may give up before it knows them all. */
export function frameTooLarge(frame: Frame, bytes: number, maxBytes: number): SallyportError {
  const size = bytes > maxBytes ? `${bytes} bytes; the limit is ${maxBytes}` : `more than the limit of ${maxBytes} bytes`;
  return new SallyportError("frame_too_large", `the frame '${frame.t}' takes ${size}`);
}

/** Runs `append`; when it throws, or has written more than `maxBytes`, `out` is as it was. */
export function appendFrame(frame: Frame, out: Bytes, maxBytes: number, append: () => void): void {
  const start = out.size;
  try {
    append();
    if (out.size - start > maxBytes) throw frameTooLarge(frame, out.size - start, maxBytes);
  } catch (error) {
    out.size = start;
    throw asAuthorKnows(frame, error);
  }
}

/** Appends bytes that are ready. */
export function appendBytes(bytes: Uint8Array, out: Bytes): void {
  out.reserve(bytes.length);
  out.bytes.set(bytes, out.size);
  out.size += bytes.length;
}

/** Thrown for what is not in the data model; never leaves the codec, which finds the words by `explainRefusal`. */
export function refused(): Error {
  return new Error("not in the data model");
}

/**
 * The words for a value that a fused encoder gave up on. The encoder keeps no path, since that costs every good
 * value; this walk, for the bad ones only, finds it. `thrown`: what the encoder threw, should the walk find nothing.
 */
export function explainRefusal(value: unknown, thrown: unknown, bounds = WIDEST): unknown {
  try {
    inspectValue(value, "value", bounds);
  } catch (error) {
    return error;
  }
  if (isSallyportError(thrown)) return thrown;
  return new SallyportError("bad_value", "value changed while it was read", { path: "value", cause: thrown });
}
