import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { createBytes, createFrameReader, isSallyportError, jsonCodec, readFrame, recordCodec, type Frame, type FrameDecoder } from "@sallyport/bus";
import type { FuzzResult } from "./decoder.fuzz.js";
import { mutate, random } from "./mutate.js";

const TOKENS: readonly number[] = [0x00, 0x01, 0x0f, 0x10, 0x81, 0xf1, 0x3f, 0x40, 0x7f, 0x80, 0x9f, 0xa0, 0xa1, 0xdf, 0xe0, 0xe3, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xff];

/** A connection as the vectors have it: frames in their order, the later ones made of what the earlier ones defined. */
function connection(): readonly Uint8Array[] {
  const entries = JSON.parse(readFileSync(new URL("../../bus/vectors/records.json", import.meta.url), "utf8")) as { record: string }[];
  return entries.map(({ record }) => Uint8Array.from(Buffer.from(record, "hex")));
}

function decode(decoder: FrameDecoder, bytes: Uint8Array): Frame | "refused" | undefined {
  try {
    return decoder.decode(bytes, 0, bytes.length);
  } catch (error) {
    if (isSallyportError(error) && error.code === "protocol_violation") return "refused";
    throw error;
  }
}

/** What is accepted is a frame of the data model, and is the same after another connection. */
function checkFrame(frame: Frame): void {
  readFrame(frame);
  const encoder = recordCodec.createEncoder();
  const decoder = recordCodec.createDecoder();
  // Three times: as a map, as a new shape, as a known one.
  for (let i = 0; i < 3; i++) {
    const out = createBytes();
    encoder.encode(frame, out, 1 << 20);
    const again = decoder.decode(out.bytes, 0, out.size);
    // Text, since the sign of zero is not kept.
    if (!isDeepStrictEqual(again, frame) && text(again) !== text(frame)) throw new Error(`another round gives another frame: ${text(frame)} and ${text(again)}`);
  }
}

const text = (value: unknown): string => Buffer.from(jsonCodec.encode(value)).toString();

/** The same bytes, framed, whole and in pieces, must read alike. */
function checkStream(frames: readonly Uint8Array[], pick: (below: number) => number): void {
  const bytes = Uint8Array.from(frames.flatMap((frame) => [0, 0, frame.length >> 8, frame.length & 0xff, ...frame]));
  const read = (cut: () => number): unknown => {
    const seen: unknown[] = [];
    const reader = createFrameReader({ codec: recordCodec, maxBytes: 65_535, onFrame: (frame) => seen.push(frame) });
    try {
      for (let at = 0; at < bytes.length; ) {
        const size = cut();
        reader.push(bytes.slice(at, at + size));
        at += size;
      }
    } catch (error) {
      if (!isSallyportError(error)) throw error;
      seen.push(error.code);
    }
    return seen;
  };
  if (!isDeepStrictEqual(read(() => bytes.length), read(() => 1 + pick(32)))) throw new Error("cut into pieces, the stream reads differently");
}

/** Mutates one frame of a connection and reads on; throws an error that names seed and number of the input. */
export function fuzzRecords(options: { readonly seed: number; readonly runs: number }): FuzzResult {
  const valid = connection();
  let accepted = 0;
  for (let run = 0; run < options.runs; run++) {
    const pick = random(options.seed + Math.imul(run, 0x9e3779b1));
    const at = pick(valid.length);
    const bytes = mutate(TOKENS, valid[at] as Uint8Array, valid[pick(valid.length)] as Uint8Array, pick);
    try {
      const decoder = recordCodec.createDecoder();
      for (const frame of valid.slice(0, at)) decoder.decode(frame, 0, frame.length);
      const frame = decode(decoder, bytes);
      if (frame !== "refused") {
        accepted++;
        if (frame !== undefined) checkFrame(frame);
        // The tables are what the mutated frame left: the rest is read by them, or refused.
        for (const next of valid.slice(at + 1)) if (decode(decoder, next) === "refused") break;
      }
      if (run % 4 === 0 && bytes.length > 0) checkStream([...valid.slice(0, at), bytes, ...valid.slice(at + 1)], pick);
    } catch (error) {
      throw new Error(`FUZZ_SEED=${options.seed}, input ${run} (record, after ${at} frames): ${Buffer.from(bytes).toString("hex")}`, { cause: error });
    }
  }
  return { accepted, refused: options.runs - accepted };
}
