// Writes bus/vectors/*.json; with --check compares instead, and exits 1 on a difference. Bytes that changed are a
// change of the protocol: they need a reason in PROTOCOL.md, not a new run of this script.
import { readFileSync, writeFileSync } from "node:fs";
import { createBytes, jsonCodec, msgpackCodec, recordCodec } from "../dist/index.js";
import { FRAMES } from "./vector-frames.mjs";
import { INVALID } from "./vector-invalid.mjs";
import { RECORDS } from "./vector-records.mjs";
import { VALUES } from "./vector-values.mjs";

const folder = new URL("../vectors/", import.meta.url);
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const line = (value) => Buffer.from(jsonCodec.encode(value)).toString();

function vector([name, value, also]) {
  return { name, json: line(value), msgpack: hex(msgpackCodec.encode(value)), ...(also && { also }) };
}

function records() {
  const encoder = recordCodec.createEncoder();
  return RECORDS.map(([name, frame]) => {
    const out = createBytes();
    encoder.encode(frame, out, 65_536);
    return { name, json: line(frame), record: hex(out.bytes.subarray(0, out.size)) };
  });
}

const files = {
  "frames.json": FRAMES.map((frame) => ({ type: frame[1].t, ...vector(frame) })),
  "values.json": VALUES.map(vector),
  "invalid.json": INVALID,
  "records.json": records(),
};

for (const [name, entries] of Object.entries(files)) {
  const text = `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
  const file = new URL(name, folder);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`bus/vectors/${name} differs from what the codecs write: see bus/scripts/vectors.mjs`);
    process.exitCode = 1;
  }
}
