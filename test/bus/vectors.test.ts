import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createBytes, createFrameReader, createHandshakeReader, jsonCodec, msgpackCodec, readFrame, recordCodec, type Codec, type Frame } from "@sallyport/bus";
import { fromHex, thrownBy, utf8 } from "./canonical.js";

interface Vector { name: string; type?: string; json: string; msgpack: string; also?: { json?: string[]; msgpack?: string[] } }
interface Invalid { name: string; layer: "body" | "stream" | "handshake"; codec?: string; code: string; hex: string }

const bus = new URL("../../bus/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`vectors/${name}`, bus), "utf8"));
const frames = read("frames.json") as Vector[];
const values = read("values.json") as Vector[];
const invalid = read("invalid.json") as Invalid[];
const records = read("records.json") as { name: string; json: string; record: string }[];
const codecOf = (name: string | undefined): Codec => (name === "json" ? jsonCodec : msgpackCodec);

test("the files are what the codecs write", () => {
  execFileSync(process.execPath, [fileURLToPath(new URL("scripts/vectors.mjs", bus)), "--check"], { stdio: "pipe" });
});

test("there is a vector for every frame", () => {
  const types = ["hello", "req", "res", "err", "data", "end", "credit", "prog", "cancel", "ev", "log", "ping", "pong", "bye"];
  expect([...new Set(frames.map((frame) => frame.type))].sort()).toEqual(types.sort());
});

describe.each([...frames, ...values])("$name", (vector) => {
  test("json and msgpack are one value, and are written so", () => {
    const value = jsonCodec.decode(utf8(vector.json));
    expect(msgpackCodec.decode(fromHex(vector.msgpack))).toStrictEqual(value);
    expect(Buffer.from(jsonCodec.encode(value)).toString()).toBe(vector.json);
    expect(Buffer.from(msgpackCodec.encode(value)).toString("hex")).toBe(vector.msgpack);
  });
  if (vector.type !== undefined) test("is a frame", () => expect(readFrame(jsonCodec.decode(utf8(vector.json)))?.t).toBe(vector.type));
  for (const json of vector.also?.json ?? []) test(`also ${json}`, () => expect(jsonCodec.decode(utf8(json))).toStrictEqual(jsonCodec.decode(utf8(vector.json))));
  for (const hex of vector.also?.msgpack ?? []) test(`also ${hex}`, () => expect(msgpackCodec.decode(fromHex(hex))).toStrictEqual(jsonCodec.decode(utf8(vector.json))));
});

test("records.json is one connection, read and written so", () => {
  const decoder = recordCodec.createDecoder();
  const encoder = recordCodec.createEncoder();
  const absent = records.findIndex((one) => one.name.includes("absent"));
  for (const [i, { name, json, record }] of records.entries()) {
    const bytes = fromHex(record);
    const frame = jsonCodec.decode(utf8(json)) as Frame;
    expect(decoder.decode(bytes, 0, bytes.length), name).toStrictEqual(frame);
    const out = createBytes();
    // JSON cannot say that a property was there and undefined.
    encoder.encode(i === absent ? ({ ...frame, r: { id: 4, side: undefined, price: "1" } } as Frame) : frame, out, 65_536);
    expect(Buffer.from(out.bytes.subarray(0, out.size)).toString("hex"), name).toBe(record);
  }
});

test.each(invalid)("refused: $layer, $name ($codec)", ({ layer, codec, code, hex }) => {
  const bytes = fromHex(hex);
  const refuse = {
    body: () => codecOf(codec).decode(bytes),
    stream: () => createFrameReader({ codec: codecOf(codec), maxBytes: 65_536, onFrame: () => undefined }).push(bytes),
    handshake: () => createHandshakeReader({ codecs: [jsonCodec, msgpackCodec], majors: [1] }).push(bytes),
  }[layer];
  expect(thrownBy(refuse).code).toBe(code);
});
