import { describe, expect, test } from "vitest";
import { createHandshakeReader, handshakeLine, jsonCodec, msgpackCodec, type HandshakeReader } from "@sallyport/bus";
import { thrownBy, utf8 } from "./canonical.js";

const reader = (): HandshakeReader => createHandshakeReader({ codecs: [jsonCodec, msgpackCodec], majors: [1, 2] });

test.each([jsonCodec, msgpackCodec])("$name: the line, cut anywhere, with frames right behind it", (codec) => {
  const line = handshakeLine(codec);
  const bytes = Uint8Array.from([...line, 1, 2, 3]);
  for (let at = 0; at < bytes.length; at++) {
    const one = reader();
    const first = one.push(bytes.subarray(0, at));
    const got = first ?? one.push(bytes.subarray(at));
    expect(got).toMatchObject({ codec, major: 1 });
    expect([...(got?.rest ?? []), ...(first ? bytes.subarray(at) : [])]).toEqual([1, 2, 3]);
  }
});

test("takes CR LF and the other major", () => {
  expect(reader().push(utf8("SALLYPORT/2 msgpack\r\n"))).toMatchObject({ codec: msgpackCodec, major: 2, rest: new Uint8Array(0) });
});

test("a third codec needs no change here", () => {
  const mine = { ...jsonCodec, name: "mine" };
  expect(createHandshakeReader({ codecs: [mine], majors: [1] }).push(handshakeLine(mine))).toMatchObject({ codec: mine });
});

describe("what is no handshake is quoted", () => {
  test("prose, escaped for a terminal", () => {
    const error = thrownBy(() => reader().push(utf8("Hello \u001b[31m\\world\n{}")));
    expect(error).toMatchObject({ code: "bad_handshake" });
    expect(error.message).toContain('got "Hello \\x1b[31m\\x5cworld\\x0a{}"');
  });

  test("its first 80 bytes, also without a line end", () => {
    const error = thrownBy(() => reader().push(utf8("x".repeat(100))));
    expect(error.message).toContain(`"${"x".repeat(80)}"`);
  });

  test("what came before the end of the output", () => {
    const one = reader();
    expect(one.push(utf8("Trace"))).toBeUndefined();
    expect(thrownBy(() => one.end())).toMatchObject({ code: "bad_handshake", message: expect.stringContaining('"Trace"') as string });
    expect(thrownBy(() => reader().end()).message).toContain("without writing anything");
  });

  test.each([
    ['{"t":"hello"}\n', "only after that line"],
    ["\ufeffSALLYPORT/1 json\n", "byte order mark"],
    ["S\0A\0L\0", "UTF-16"],
  ])("with a hint: %j", (text, hint) => {
    const one = reader();
    expect(
      thrownBy(() => {
        one.push(utf8(text));
        one.end();
      }).message,
    ).toContain(hint);
  });

  test("a line of 256 bytes without end, even one that begins well", () => {
    expect(thrownBy(() => reader().push(utf8(`SALLYPORT/1 ${"j".repeat(300)}`))).code).toBe("bad_handshake");
  });

  test("both sides' majors and codecs are named", () => {
    expect(thrownBy(() => reader().push(utf8("SALLYPORT/3 json\n")))).toMatchObject({ code: "version_mismatch", message: expect.stringMatching(/3.*1 and 2/) as string });
    expect(thrownBy(() => reader().push(utf8("SALLYPORT/1 cbor\n")))).toMatchObject({ code: "bad_handshake", message: expect.stringMatching(/'cbor'.*'json' and 'msgpack'/) as string });
  });
});
