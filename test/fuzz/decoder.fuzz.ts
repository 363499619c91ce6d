import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { assertValue, createFrameReader, isSallyportError, jsonCodec, msgpackCodec, readFrame, type Codec, type Frame } from "@sallyport/bus";
import { mutate, random } from "./mutate.js";

const TOKENS: Readonly<Record<string, readonly number[]>> = {
  msgpack: [0x00, 0x72, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc7, 0xc9, 0xca, 0xcb, 0xcf, 0xd3, 0xd4, 0xd6, 0xd7, 0xd8, 0xdb, 0xdd, 0xdf, 0xff],
  json: [..."{}[]\",:\\$u0123456789eE+-.tfn_ \n\r"].map((letter) => letter.charCodeAt(0)),
};

function corpus(): Readonly<Record<string, readonly Uint8Array[]>> {
  const load = (name: string): { json: string; msgpack: string }[] => JSON.parse(readFileSync(new URL(`../../bus/vectors/${name}.json`, import.meta.url), "utf8")) as { json: string; msgpack: string }[];
  const all = [...load("frames"), ...load("values")];
  return { json: all.map((one) => new TextEncoder().encode(one.json)), msgpack: all.map((one) => Uint8Array.from(Buffer.from(one.msgpack, "hex"))) };
}

/** What is accepted must be in the data model and survive another round; what is refused, refused with its code. */
function checkBody(codec: Codec, bytes: Uint8Array): boolean {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (isSallyportError(error) && error.code === "protocol_violation") return false;
    throw error;
  }
  assertValue(value);
  const again = codec.decode(codec.encode(value));
  if (!isDeepStrictEqual(again, value) && JSON.stringify(again, bigints) !== JSON.stringify(value, bigints)) throw new Error("another round gives another value");
  try {
    readFrame(value);
  } catch (error) {
    if (!isSallyportError(error) || error.code !== "protocol_violation") throw error;
  }
  return true;
}

// -0 is read from hand-made bytes and written as 0; JSON's own text treats them alike.
const bigints = (_key: string, item: unknown): unknown => (typeof item === "bigint" ? `${item}n` : item);

function readAll(codec: Codec, chunks: readonly Uint8Array[]): { frames: Frame[]; code: string } {
  const frames: Frame[] = [];
  const reader = createFrameReader({ codec, maxBytes: 65_536, onFrame: (frame) => frames.push(frame) });
  try {
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return { frames, code: "ok" };
  } catch (error) {
    if (isSallyportError(error)) return { frames, code: error.code };
    throw error;
  }
}

/** The same bytes, whole and in pieces, must give the same frames and the same end. */
function checkStream(codec: Codec, body: Uint8Array, pick: (below: number) => number): void {
  const head = codec.framing === "line" ? [] : [0, 0, (body.length >> 8) & 0xff, pick(20) === 0 ? pick(256) : body.length & 0xff];
  const bytes = Uint8Array.from([...head, ...body, ...(codec.framing === "line" ? [0x0a] : []), ...head, ...body]);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + pick(32);
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  if (!isDeepStrictEqual(readAll(codec, [bytes]), readAll(codec, chunks))) throw new Error("cut into pieces, the stream reads differently");
}

export interface FuzzResult { readonly accepted: number; readonly refused: number }

/** Throws an error that names seed and number of the input that broke a promise, so that it can be made again. */
export function fuzzDecoder(options: { readonly seed: number; readonly runs: number }): FuzzResult {
  const bodies = corpus();
  let accepted = 0;
  for (let run = 0; run < options.runs; run++) {
    const pick = random(options.seed + Math.imul(run, 0x9e3779b1));
    const codec = run % 2 === 0 ? msgpackCodec : jsonCodec;
    const valid = bodies[codec.name] as readonly Uint8Array[];
    const bytes = mutate(TOKENS[codec.name] as readonly number[], valid[pick(valid.length)] as Uint8Array, valid[pick(valid.length)] as Uint8Array, pick);
    try {
      if (checkBody(codec, bytes)) accepted++;
      if (run % 4 < 2) checkStream(codec, bytes, pick);
    } catch (error) {
      throw new Error(`FUZZ_SEED=${options.seed}, input ${run} (${codec.name}): ${Buffer.from(bytes).toString("hex")}`, { cause: error });
    }
  }
  return { accepted, refused: options.runs - accepted };
}
