/**
 * What a reader MUST refuse, and with which code. `layer`: `body` is one frame's bytes without framing, `stream`
 * bytes after the handshake line with a limit of 65536, `handshake` the first bytes of a plugin.
 */
const text = (string) => Buffer.from(string).toString("hex");
const body = (codec, code) => ([name, bytes]) => ({ name, layer: "body", codec, code, hex: bytes });
const json = ([name, line]) => ({ name, layer: "body", codec: "json", code: "protocol_violation", hex: text(line) });

const MSGPACK = [
  ["nothing", ""], ["byte 0xc1", "c1"], ["two values", "c0c0"], ["truncated map", "81a174"], ["truncated string", "a568656c6c"], ["truncated float", "cb3ff00000"],
  ["string longer than the frame", "dbffffffff61"], ["array longer than the frame", "ddffffffff"], ["map longer than the frame", "dfffffffff"], ["bytes longer than the frame", "c6ffffffff00"],
  ["nested 65 deep", `${"91".repeat(65)}c0`], ["nested 65 deep, maps", `${"81a161".repeat(65)}c0`],
  ["key is an integer", "8101c0"], ["key is nil", "81c0c0"], ["key is an array", "8190c0"], ["key is bytes", "81c40161c0"], ["key __proto__", "81a95f5f70726f746f5f5f80"],
  ["key __proto__ nested", "81a16181a95f5f70726f746f5f5f80"], ["key twice", "82a16901a16902"], ["NaN", "cb7ff8000000000000"], ["infinity, float 32", "ca7f800000"], ["minus infinity", "cbfff0000000000000"],
  ["uint64 beyond int64", "cf8000000000000000"], ["invalid UTF-8", "a1ff"], ["overlong UTF-8", "a2c0af"], ["surrogate in UTF-8", "a3eda080"], ["above U+10FFFF", "a4f4908080"],
  ["fixext 1, undefined", "d40000"], ["record definition", "d4724091a16101"], ["set", "d4730091a161"], ["error", "d4650093a145a178c0"], ["regular expression", "d4780092a12ea167"],
  ["reference", "d67000000001"], ["typed array", "c7020100ff"], ["bundled strings", "d66200000000c101"], ["big integer", "c7014201"], ["fixext 16", `d801${"00".repeat(16)}`],
  ["ext 16", "c8000001"], ["ext 32", "c90000000001"], ["timestamp of 1 byte", "d4ff00"], ["timestamp with 10^9 nanoseconds", "d7ffee6b280000000000"], ["timestamp in the year 10000", "c70cff000000000000003afff44180"],
];
const JSON_LINES = [
  ["nothing", " "], ["prose", "hello"], ["two values", "{} {}"], ["unterminated string", '{"t":"re'], ["truncated", '{"t":"req",'], ["trailing comma", '{"t":"ping",}'], ["single quotes", "{'t':1}"],
  ["NaN", "[NaN]"], ["infinity", "[1e999]"], ["integer beyond 2^53", "[9007199254740993]"], ["integer of 40 digits", `[${"9".repeat(40)}]`],
  ["nested 65 deep", `${"[".repeat(65)}${"]".repeat(65)}`], ["nested 1000 deep, not closed", "[".repeat(1000)], ["key __proto__", '{"__proto__":{}}'], ["key __proto__, escaped", '{"\\u005f_proto__":{}}'], ["key __proto__ nested", '{"a":{"__proto__":1}}'],
  ["key twice", '{"id":1,"id":2}'], ["key twice, escaped", '{"id":1,"\\u0069d":2}'], ["half a surrogate pair", '["\\ud800"]'], ["half a surrogate pair in a key", '{"\\udc00":1}'], ["raw control character", '["\u0001"]'],
  ["unknown spelling", '{"$ref":"x"}'], ["spelling with company", '{"$bytes":"","x":1}'], ["bytes not base64", '{"$bytes":"a*=="}'], ["bytes without padding", '{"$bytes":"AQ"}'], ["bytes with spare bits", '{"$bytes":"AR=="}'],
  ["$int beyond int64", '{"$int":"9223372036854775808"}'], ["$int with a fraction", '{"$int":"1.5"}'], ["$int as a number", '{"$int":1}'], ["$time without zone", '{"$time":"2026-11-20T12:00:00"}'], ["$time that is none", '{"$time":"2026-13-01T00:00:00Z"}'],
];
const STREAMS = [
  ["length 0", "msgpack", "protocol_violation", "00000000"], ["length 0xffffffff", "msgpack", "frame_too_large", "ffffffff"], ["length 0x80000000", "msgpack", "frame_too_large", "80000000"], ["length one beyond the limit", "msgpack", "frame_too_large", "00010001"],
  ["frame that is no map", "msgpack", "protocol_violation", "0000000107"], ["frame without t", "msgpack", "protocol_violation", "0000000180"], ["prose instead of a length", "msgpack", "protocol_violation", text("Hello, world")],
  ["frame that is no map", "json", "protocol_violation", text("[]\n")], ["t is a number", "json", "protocol_violation", text('{"t":1}\n')], ["req without m", "json", "protocol_violation", text('{"t":"req","id":1}\n')],
  ["id is a string", "json", "protocol_violation", text('{"t":"res","id":"1","r":null}\n')], ["id is 0", "json", "protocol_violation", text('{"t":"res","id":0,"r":null}\n')], ["id is a fraction", "json", "protocol_violation", text('{"t":"res","id":1.5,"r":null}\n')],
  ["credit of 0", "json", "protocol_violation", text('{"t":"credit","id":1,"n":0}\n')], ["not UTF-8", "json", "protocol_violation", "22ff220a"], ["byte order mark", "json", "protocol_violation", text('\ufeff{"t":"ping","n":1}\n')],
];
const HANDSHAKES = [
  ["prose", "bad_handshake", text("Hello\n")], ["frame without the line", "bad_handshake", text('{"t":"hello"}\n')], ["lower case", "bad_handshake", text("sallyport/1 json\n")], ["no codec", "bad_handshake", text("SALLYPORT/1\n")],
  ["unknown codec", "bad_handshake", text("SALLYPORT/1 cbor\n")], ["two spaces", "bad_handshake", text("SALLYPORT/1  json\n")], ["leading zero", "bad_handshake", text("SALLYPORT/01 json\n")], ["no line end in 256 bytes", "bad_handshake", text("S".repeat(256))],
  ["byte order mark", "bad_handshake", text("\ufeffSALLYPORT/1 json\n")], ["UTF-16", "bad_handshake", `fffe${Buffer.from("SALLYPORT/1 json\n", "utf16le").toString("hex")}`], ["major of the future", "version_mismatch", text("SALLYPORT/2 json\n")],
];

export const INVALID = [
  ...MSGPACK.map(body("msgpack", "protocol_violation")),
  ...JSON_LINES.map(json),
  ...STREAMS.map(([name, codec, code, hex]) => ({ name, layer: "stream", codec, code, hex })),
  ...HANDSHAKES.map(([name, code, hex]) => ({ name, layer: "handshake", code, hex })),
];
