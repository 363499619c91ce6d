import { describe, expect, test } from "vitest";
import { createFrameReader, encodeFrame, jsonCodec, msgpackCodec, type Codec } from "@sallyport/bus";
import { fromHex, thrownBy, utf8 } from "./canonical.js";

const MIB = 1 << 20;

/** The code that the bytes are refused with. */
function refusal(codec: Codec, bytes: Uint8Array): string {
  const error = thrownBy(() => codec.decode(bytes));
  expect(error).not.toBeInstanceOf(RangeError);
  return String(error.code);
}

function repeated(unit: string, times: number, head = "", tail = ""): Uint8Array {
  return fromHex(head + unit.repeat(times) + tail);
}

const u32 = (n: number): string => n.toString(16).padStart(8, "0");

describe("W01 references and bundled strings of msgpackr", () => {
  test.each(["d6620000000481c1", "c8000662000000024142", "d67000000000", "92d6700000000191d67000000001", "d5720140a0"])("%s", (hex) => expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation"));
});

test.each(["ffffffff", "80000000", "00010001", "00000000"])("W02 length %s is refused before a byte of the frame is there", (hex) => {
  const reader = createFrameReader({ codec: msgpackCodec, maxBytes: 65_536, onFrame: () => undefined });
  expect(String(thrownBy(() => reader.push(fromHex(hex))).code)).toBe(hex === "00000000" ? "protocol_violation" : "frame_too_large");
});

describe.each([65, 10_000, 1_000_000])("W03 nested %i deep", (depth) => {
  test("msgpack", () => {
    for (const unit of ["91", "81a161", "9181a161"]) expect(refusal(msgpackCodec, repeated(unit, depth, "", "c0"))).toBe("protocol_violation");
  });
  test("json", () => {
    expect(refusal(jsonCodec, utf8("[".repeat(depth) + "]".repeat(depth)))).toBe("protocol_violation");
    expect(refusal(jsonCodec, utf8('{"a":'.repeat(depth) + "1" + "}".repeat(depth)))).toBe("protocol_violation");
  });
});

describe("W04 amplification", () => {
  test.each([
    ["empty maps", "80"], ["empty arrays", "90"], ["empty strings", "a0"], ["small integers", "01"], ["empty bytes", "c400"], ["sets", "d4730090"], ["errors", "d4650093a0a0c0"],
  ])("1 MiB of %s", (_name, unit) => {
    const count = Math.floor(MIB / (unit.length / 2));
    expect(refusal(msgpackCodec, repeated(unit, count, `dd${u32(count)}`))).toBe("protocol_violation");
  });
  test("1 MiB of empty maps in json", () => expect(refusal(jsonCodec, utf8(`[${"{},".repeat(MIB / 3)}{}]`))).toBe("protocol_violation"));
  test("headers that announce more than there is", () => {
    for (const hex of ["dd7fffffff", "df7fffffff", `92dd${u32(5)}c0c0dd7fffffff`]) expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation");
  });
});

describe("W05 record definitions and W07 revived types", () => {
  test.each([
    "d4724091a161", "d5724000", "d4724091a16140", "c7017240", "d40000", "d4780092a62861292b2b24a0", "d4730091c0", "d4650090", "d4ffff", "c7080042ffffffffffffff", "d80000000000000000000000000000000000", "c70174aa", "d42a00",
  ])("%s", (hex) => expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation"));
  test("a record token is a plain integer", () => expect(msgpackCodec.decode(fromHex("92407f"))).toEqual([0x40, 0x7f]));
});

describe("W08 __proto__", () => {
  test.each([jsonCodec, msgpackCodec])("$name leaves Object.prototype as it was", (codec) => {
    const inputs = codec === jsonCodec
      ? ['{"__proto__":{"polluted":1}}', '{"a":{"__proto__":{"polluted":1}}}', '{"\\u005f\\u005fproto__":1}'].map(utf8)
      : ["81a95f5f70726f746f5f5f81a8706f6c6c7574656401", "81d9095f5f70726f746f5f5f80", "81da00095f5f70726f746f5f5f80", "81db000000095f5f70726f746f5f5f80"].map(fromHex);
    for (const input of inputs) expect(refusal(codec, input)).toBe("protocol_violation");
    const value = codec.decode(codec.encode({ constructor: { prototype: { polluted: 1 } }, __proto_: 2 })) as object;
    expect(Object.hasOwn(value, "constructor")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

test.each(["8101c0", "81c0c0", "81cb3ff0000000000000c0", "8180c0", "81c3c0", "81d6ff00000000c0"])("W10 a key that is no string: %s", (hex) => expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation"));

test("W11 numbers that would change on the way are refused", () => {
  for (const hex of ["cb7ff8000000000000", "cb7ff0000000000000", "cbfff0000000000000", "ca7fc00000", "cfffffffffffffffff"]) expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation");
  for (const text of ["9007199254740993", "-9007199254740993", "1e400", "18446744073709551615", `${"9".repeat(400)}`, `${"9".repeat(400)}.5`]) expect(refusal(jsonCodec, utf8(text))).toBe("protocol_violation");
  expect(msgpackCodec.decode(fromHex("cf0020000000000001"))).toBe(9007199254740993n);
});

describe("W12 text", () => {
  test.each(["a1ff", "a180", "a2c080", "a3e08080", "a4f0808080", "a3eda080", "a3edbfbf", "a4f4908080", "a1c3", "a3e282c0"])("msgpack %s", (hex) => expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation"));
  test.each(["22ff22", "22c08022", "22eda08022"])("json %s", (hex) => expect(refusal(jsonCodec, fromHex(hex))).toBe("protocol_violation"));
  test.each([jsonCodec, msgpackCodec])("$name: a string of 1 MiB in the id", (codec) => {
    const reader = createFrameReader({ codec, maxBytes: 2 * MIB, onFrame: () => undefined });
    const bytes = encodeFrame(codec, { t: "res", id: "9".repeat(MIB), r: null } as never, 2 * MIB);
    const error = thrownBy(() => reader.push(bytes));
    expect(error.code).toBe("protocol_violation");
    expect(error.message.length).toBeLessThan(400);
  });
});

test("W13 no prefix of a frame is a value", () => {
  const value = { t: "req", id: 1, m: "demo.echo", p: { a: [1.5, 2n ** 60n, "é", new Uint8Array(3), new Date(0)], b: null } };
  for (const codec of [jsonCodec, msgpackCodec]) {
    const bytes = codec.encode(value);
    for (let size = 0; size < bytes.length; size++) expect(refusal(codec, bytes.subarray(0, size))).toBe("protocol_violation");
    expect(refusal(codec, Uint8Array.from([...bytes, 0x30]))).toBe("protocol_violation");
  }
});

test("an envelope key twice is refused, however it is spelled", () => {
  for (const text of ['{"t":"res","id":1,"id":3,"r":null}', '{"id":1,"i\\u0064":2}', '{"a":{"b":1},"c":[{"d":2}],"c":1}']) expect(refusal(jsonCodec, utf8(text))).toBe("protocol_violation");
  for (const hex of ["82a16101a16102", "82a16101d9016102", "83a16101a16202a16103"]) expect(refusal(msgpackCodec, fromHex(hex))).toBe("protocol_violation");
});
