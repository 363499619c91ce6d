import type { ConformanceCase } from "../case.js";
import { text } from "../pattern.js";
import { call, result } from "./words.js";

/** Each value goes in and comes back as it was. */
function echoes(id: string, title: string, ...values: readonly unknown[]): ConformanceCase {
  return { id, title, steps: values.flatMap((value, index) => [call(`value ${index}`, "demo.echo", value), result(`value ${index}`, value)]) };
}

function nested(depth: number, inner: unknown): unknown {
  return depth === 0 ? inner : depth % 2 === 0 ? [nested(depth - 1, inner)] : { deeper: nested(depth - 1, inner) };
}

const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

export const VALUES: readonly ConformanceCase[] = [
  echoes("value.constants", "null and booleans", null, true, false),
  echoes("value.integers", "integers up to 2^53 - 1, both signs", 0, 1, -1, 127, 128, -33, 255, 256, 65_535, 65_536, -32_769, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  echoes("value.wide-integers", "64-bit integers beyond 2^53 stay exact", 9_007_199_254_740_993n, -9_007_199_254_740_993n, 2n ** 63n - 1n, -(2n ** 63n)),
  echoes("value.floats", "floats stay exact", 0.1, -2.5, 1e300, 1.7976931348623157e308, 5e-324, 3.141592653589793),
  echoes("value.text", "text with quotes, backslashes and control characters", "", "plain", "\"quoted\" \\ back / slash", "line\r\nbreak\ttab", "nul \u0000 and \u001f", "}{][,:\"id\":1"),
  echoes("value.unicode", "text beyond ASCII", "é ü ß €", "夜の港", "𝄞 🜚 👩‍🚀", "\u2028\u2029\ufeff\ufffd", "مرفأ"),
  echoes("value.bytes", "bytes", new Uint8Array(0), BYTES, { inside: [BYTES.slice(7, 11)] }),
  echoes("value.times", "timestamps, to the millisecond", new Date(0), new Date("2026-11-20T16:20:00.123Z"), new Date("1969-07-20T20:17:40.500Z"), new Date("2200-01-01T00:00:00Z")),
  echoes("value.lists", "lists", [], [1, "two", null, [3, []]], Array.from({ length: 1000 }, (_, index) => index)),
  echoes("value.maps", "maps", {}, { a: 1, b: { c: [] } }, { "": "empty key", "with space": 1, "1": "digit", "日": 2, t: "req", id: 3 }),
  echoes("value.dollar-keys", "real keys that begin with $ are no spelling of a value", { $bytes: "not bytes" }, { $int: "1", other: 2 }, { $$time: 0 }, { $: null }),
  echoes("value.deep", "nesting forty deep", nested(40, "bottom")),
  { id: "value.large", title: "a frame just below the limit", limits: { frameBytes: 131_072 }, steps: [call("a", "demo.echo", text(130_000)), result("a", text(130_000))] },
  {
    id: "value.too-large",
    title: "a frame above the limit is refused before it is sent, and the instance lives",
    needs: { traits: { copies: true } },
    limits: { frameBytes: 131_072 },
    steps: [{ do: "refuse", frame: { t: "req", id: "a", m: "demo.echo", p: text(131_100) }, code: "frame_too_large" }, call("b", "demo.echo", 1), result("b", 1)],
  },
];
