import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { createBytes, createFrameReader, createHandshakeReader, handshakeLine, isSallyportError, jsonCodec, msgpackCodec, readFrame, recordCodec, type Codec, type Frame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { checkValue, clean, refusedBy } from "./promises.js";
import { words, type Target } from "./target.js";


const load = <T>(base: URL, name: string): T => JSON.parse(readFileSync(new URL(`${name}.json`, base), "utf8")) as T;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const FRAME_WORDS = words('"t":', '"id":', "hello", "req", "res", "err", "data", "credit", "prog", "cancel", "ev", "log", "ping", "bye", "__proto__", "constructor", "\\u0000", "\\ud800", "1e309", "-0", "9007199254740993", "$b64", "$ts", "$int", "null", "true", "{}", "[]", "[[", '""', '{"":');
const single = (...bytes: readonly number[]): readonly (readonly number[])[] => bytes.map((byte) => [byte]);
const MSGPACK_TOKENS = [...single(0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc4, 0xc7, 0xc9, 0xca, 0xcb, 0xcc, 0xcf, 0xd3, 0xd4, 0xd6, 0xd7, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff), [0xd6, 0xff, 0, 0, 0, 0], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xdd, 0, 1, 0x86, 0xa1], [0xc6, 0x7f, 0xff, 0xff, 0xff]];
const RECORD_TOKENS = single(0x00, 0x01, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0x9f, 0xa0, 0xa1, 0xdf, 0xe0, 0xe3, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xff);

/** One value of a codec, which may be a frame. */
function value(codec: Codec, tokens: Target["tokens"], seeds: Target["seeds"]): Target {
  return {
    name: codec.name, tokens, seeds,
    run(bytes) {
      let decoded: unknown;
      try {
        decoded = codec.decode(bytes);
      } catch (error) {
        return refusedBy(error, "protocol_violation");
      }
      checkValue(decoded, bytes.length);
      try {
        readFrame(decoded);
        return true;
      } catch (error) {
        return refusedBy(error, "protocol_violation");
      }
    },
  };
}

const PIECE_BYTES = 2;
/** Fields and words of frames that a byte stands for, and a method's name that was said before. */
const WORDS = 300;

/** A connection: frames after each other, of which the later ones may use what the earlier ones defined. Each has its length before it. */
function record(base: URL): Target {
  const frames = load<{ record: string }[]>(base, "records").map(({ record: text }) => hex(text));
  const joined = (list: readonly Uint8Array[]): Uint8Array => Uint8Array.from(list.flatMap((frame) => [frame.length >> 8, frame.length & 0xff, ...frame]));
  return {
    name: "record", tokens: RECORD_TOKENS,
    seeds: [...frames.map((_frame, i) => joined(frames.slice(Math.max(0, i - 2), i + 1))), joined(frames).subarray(0, 800)],
    run(bytes) {
      const decoder = recordCodec.createDecoder();
      let at = 0;
      while (at + PIECE_BYTES <= bytes.length) {
        const size = Math.min(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0), bytes.length - at - PIECE_BYTES);
        at += PIECE_BYTES;
        let frame: Frame | undefined;
        try {
          frame = decoder.decode(bytes, at, at + size);
        } catch (error) {
          return refusedBy(error, "protocol_violation");
        }
        at += size;
        if (frame === undefined) continue;
        checkValue(frame, size, WORDS);
        again(frame);
      }
      return true;
    },
  };
}

/** Three times: as a map, as a new shape, as a known one. */
function again(frame: Frame): void {
  const encoder = recordCodec.createEncoder();
  const decoder = recordCodec.createDecoder();
  for (let i = 0; i < 3; i++) {
    const out = createBytes();
    encoder.encode(frame, out, 1 << 20);
    const other = decoder.decode(out.bytes, 0, out.size);
    if (!isDeepStrictEqual(other, frame) && Buffer.compare(jsonCodec.encode(other), jsonCodec.encode(frame)) !== 0) throw new Error("another round of records gives another frame");
  }
}

const CAPNP_TOKENS = [...single(0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x0f, 0x10, 0x17, 0xfc, 0xff), [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2, 0, 1, 0], [0, 0, 0, 0, 3, 0, 2, 0], [1, 0, 0, 0, 0x1f, 0, 0, 0], [0x0c, 0, 0, 0, 2, 0, 1, 0], [2, 0, 0, 0, 1, 0, 0, 0], [6, 0, 0, 0, 0, 0, 0, 0], [0xfd, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]];

/** A message, read as a frame and as a value: a struct of the one is a struct of the other. */
function capnp(bodies: readonly Uint8Array[], values: readonly Uint8Array[]): Target {
  const frame = (bytes: Uint8Array): boolean => {
    let decoded: Frame | undefined;
    try {
      decoded = capnpCodec.createDecoder().decode(bytes, 0, bytes.length);
    } catch (error) {
      return refusedBy(error, "protocol_violation");
    }
    if (decoded === undefined) return true;
    checkValue(decoded, bytes.length, WORDS);
    const again = capnpCodec.createDecoder().decode(...whole(asCapnp(decoded)));
    if (!isDeepStrictEqual(again, decoded) && Buffer.compare(jsonCodec.encode(again), jsonCodec.encode(decoded)) !== 0) throw new Error("another round of Cap'n Proto gives another frame");
    return true;
  };
  const { run } = value(capnpCodec, [], []);
  return {
    name: "capnp", tokens: CAPNP_TOKENS, seeds: [...bodies, ...values],
    run(bytes) {
      const isFrame = frame(bytes);
      return run(bytes) || isFrame;
    },
  };
}

const whole = (bytes: Uint8Array): [Uint8Array, number, number] => [bytes, 0, bytes.length];

function asCapnp(frame: Frame): Uint8Array {
  const out = createBytes();
  capnpCodec.createEncoder().encode(frame, out, 1 << 24);
  return out.bytes.slice(0, out.size);
}

const MAX_BYTES = 4096;

/** A stream of frames, whole and in pieces, gives the same frames and the same end. */
function framing(codec: Codec, tokens: Target["tokens"], bodies: readonly Uint8Array[]): Target {
  const read = (chunks: Iterable<Uint8Array>): unknown => {
    const seen: unknown[] = [];
    const reader = createFrameReader({ codec, maxBytes: MAX_BYTES, onFrame: (frame) => seen.push(frame), onUnknown: () => seen.push("unknown") });
    try {
      for (const chunk of chunks) reader.push(chunk);
      reader.end();
    } catch (error) {
      if (!isSallyportError(error)) throw error;
      refusedBy(error, "protocol_violation", "frame_too_large");
      seen.push(error.code);
    }
    return seen;
  };
  const framed = (body: Uint8Array): number[] => (codec.framing === "line" ? [...body, 0x0a] : [0, 0, body.length >> 8, body.length & 0xff, ...body]);
  return {
    name: `framing-${codec.name}`, tokens: [...tokens, ...single(0x0a, 0x0d), [0, 0, 0, 1], [0xff, 0xff, 0xff, 0xff], [0, 0, 0x10, 1]],
    // The first byte says how the stream is cut.
    seeds: bodies.slice(0, 12).map((body, i) => Uint8Array.from([1 + i * 3, ...framed(body), ...framed(bodies[i + 1] ?? body)])),
    run(bytes) {
      const rest = bytes.subarray(1);
      const whole = read([rest]);
      const cut = 1 + ((bytes[0] ?? 0) % 40);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < rest.length; at += cut) pieces.push(rest.slice(at, at + cut));
      if (!isDeepStrictEqual(read(pieces), whole)) throw new Error(`in pieces of ${cut} the stream reads differently`);
      clean();
      return !["protocol_violation", "frame_too_large"].includes(String((whole as unknown[]).at(-1)));
    },
  };
}

/** The first line, whole and in pieces. */
function handshake(): Target {
  const read = (bytes: Uint8Array, cut: number): string => {
    const reader = createHandshakeReader({ codecs: [jsonCodec, msgpackCodec], majors: [1] });
    try {
      for (let at = 0; at < bytes.length; at += cut) {
        const found = reader.push(bytes.subarray(at, at + cut));
        if (found !== undefined) return `${found.codec.name} ${found.major} ${found.rest.length + Math.max(0, bytes.length - at - cut)}`;
      }
      return reader.end();
    } catch (error) {
      refusedBy(error, "bad_handshake", "version_mismatch");
      return (error as { code: string }).code;
    }
  };
  return {
    name: "handshake", tokens: words("SALLYPORT/", "1 ", "2 ", "json", "msgpack", "\n", "\r\n", "\u0000", "\u001b["),
    seeds: [handshakeLine(jsonCodec), handshakeLine(msgpackCodec), handshakeLine(jsonCodec, 9), Uint8Array.from([...handshakeLine(jsonCodec), 0x7b, 0x7d, 0x0a]), new TextEncoder().encode("hello\n")],
    run(bytes) {
      const whole = read(bytes, Math.max(1, bytes.length));
      // Cut or whole: a line that is refused early may be quoted differently, its code may not differ.
      for (const cut of [1, 7, 100]) if (read(bytes, cut) !== whole) throw new Error(`in pieces of ${cut} the handshake reads ${read(bytes, cut)}, whole ${whole}`);
      return !["bad_handshake", "version_mismatch"].includes(whole);
    },
  };
}

export function wireTargets(base: URL): readonly Target[] {
  const [frames, values] = [load<{ json: string; msgpack: string }[]>(base, "frames"), load<{ json: string; msgpack: string }[]>(base, "values")];
  const all = [...frames, ...values];
  const plain = (list: readonly { json: string }[]): readonly unknown[] => list.map((one) => jsonCodec.decode(new TextEncoder().encode(one.json)));
  const bodies = plain(frames).map((frame) => asCapnp(frame as Frame));
  const json = all.map((one) => new TextEncoder().encode(one.json));
  const msgpack = all.map((one) => hex(one.msgpack));
  return [
    value(jsonCodec, [...FRAME_WORDS, ..."{}[]\",:\\ue+-. ".split("").map((letter) => [letter.charCodeAt(0)])], json),
    value(msgpackCodec, [...MSGPACK_TOKENS, ...words("t", "id", "__proto__")], msgpack),
    record(base),
    capnp(bodies, plain(values).map((each) => capnpCodec.encode(each))),
    framing(jsonCodec, FRAME_WORDS, json),
    framing(msgpackCodec, MSGPACK_TOKENS, msgpack),
    framing(capnpCodec, CAPNP_TOKENS, bodies),
    handshake(),
  ];
}
