#!/usr/bin/env node
// Answers its attack with bytes that are no frame, or none that a reader should take (W01 to W13): `wire.mjs NAME`.
import { jsonCodec, msgpackCodec } from "@sallyport/bus";
import { serve, sleep, write } from "./raw.mjs";

const hex = (text) => Buffer.from(text, "hex");
const u32 = (n) => n.toString(16).padStart(8, "0");
const MIB = 1 << 20;
const id8 = (id) => (id < 128 ? id.toString(16).padStart(2, "0") : `cd${id.toString(16).padStart(4, "0")}`);
const framed = (body) => Buffer.concat([hex(u32(body.length)), body]);
/** An answer in MessagePack whose result is these bytes. */
const packed = (result) => (id) => framed(Buffer.concat([hex(`83a174a3726573a26964${id8(id)}a172`), typeof result === "string" ? hex(result) : result]));
/** An answer in JSON whose result is this text. */
const spelled = (result) => (id) => Buffer.concat([Buffer.from(`{"t":"res","id":${id},"r":`), typeof result === "string" ? Buffer.from(result) : result, Buffer.from("}\n")]);

const MSGPACK = {
  "back-references": packed("92d6700000000191d67000000001"),
  "bundled-strings": packed("d66200000000c101"),
  "length-ffffffff": () => hex("ffffffff"),
  "length-80000000": () => hex("80000000"),
  "length-max-plus-1": () => hex("00100001"),
  "length-0": () => hex("00000000"),
  "deep-arrays": packed(`${"91".repeat(10_000)}c0`),
  "deep-maps": packed(`${"81a161".repeat(10_000)}c0`),
  "deep-mixed": packed(`${"9181a161".repeat(50_000)}c0`),
  "empty-maps": packed(`dd${u32(900_000)}${"80".repeat(900_000)}`),
  "empty-bytes": packed(`dd${u32(400_000)}${"c400".repeat(400_000)}`),
  "announces-more": packed("dd7fffffff"),
  "record-definition": packed("d4724091a16101"),
  "record-keys": packed(`d47240dc${(60_000).toString(16)}${"a161".repeat(60_000)}`),
  "error-type": packed("d4650093a145a178c0"),
  "regexp-type": packed("d4780092a62861292b2b24a0"),
  "set-type": packed("d4730091a161"),
  "big-integer": packed("c7ff42" + "ff".repeat(255)),
  proto: packed("81a95f5f70726f746f5f5f81a8706f6c6c75746564c3"),
  "odd-keys": packed("8101c0"),
  "not-a-number": packed("cb7ff8000000000000"),
  "uint64": packed("cfffffffffffffffff"),
  "bad-text": packed("a2c0af"),
  truncated: (id) => packed("a568656c6c")(id),
  trailing: (id) => framed(Buffer.concat([packed("c0")(id).subarray(4), hex("c0")])),
};
const JSON_LINES = {
  "json-deep": spelled("[".repeat(100_000) + "]".repeat(100_000)),
  "json-open": spelled("[".repeat(500_000)),
  "json-empty-maps": spelled(`[${"{},".repeat(300_000)}{}]`),
  "json-proto": spelled('{"\\u005f_proto__":{"polluted":true}}'),
  "json-1e400": spelled("1e400"),
  "json-long-number": spelled("9".repeat(900_000)),
  "json-long-fraction": spelled(`0.${"1".repeat(900_000)}`),
  "json-many-exponents": spelled(`[${"1e308,".repeat(90_000)}1]`),
  "json-escapes": spelled(`"${"\\u0061".repeat(150_000)}"`),
  "json-surrogate": spelled('"\\ud800"'),
  "json-twice": (id) => Buffer.from(`{"t":"res","id":${id},"id":1,"r":null}\n`),
  "json-bad-text": spelled(hex("22c0af22")),
  "json-id-text": () => Buffer.from(`{"t":"res","id":"${"9".repeat(MIB / 2)}","r":null}\n`),
  "json-no-newline": () => Buffer.alloc(2 * MIB, "a"),
  "json-nul": () => Buffer.alloc(MIB / 2),
  "json-types": () => Buffer.from('{"t":{"toString":1},"id":{},"m":[]}\n'),
  "json-future": () => Buffer.from(`${'{"t":"future","x":1}\n'.repeat(20_000)}`),
};
const SLOW = {
  // A byte now and then, for longer than anyone should wait.
  "slow-loris": (id) => {
    for (const byte of spelled('"slow"')(id)) {
      write(Buffer.from([byte]));
      sleep(100);
    }
    return Buffer.alloc(0);
  },
  "half-a-length": () => hex("0000"),
  "half-a-frame": (id) => packed("c0")(id).subarray(0, 8),
};

const name = process.argv.at(-1);
const codec = name in JSON_LINES || name === "slow-loris" ? jsonCodec : msgpackCodec;
const attack = MSGPACK[name] ?? JSON_LINES[name] ?? SLOW[name];
serve((frame) => {
  if (frame.t === "req") write(attack(frame.id));
}, { codec });
