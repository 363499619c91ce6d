import { jsonCodec } from "@sallyport/bus";

/**
 * `values`: JSON as PROTOCOL.md spells it, where a key that begins with `$` has one more, so that bytes, times and wide integers come
 * back as they were. `json`: as every other program reads and writes it, keys as they are.
 */
export type Spelling = "json" | "values";

const DOLLAR = /"(\$|\\u0024)/;

export function writeJson(value: unknown, spelling: Spelling): Uint8Array {
  const bytes = jsonCodec.encode(value);
  if (spelling === "values") return bytes;
  const text = Buffer.from(bytes).toString("utf8");
  return text.includes('"$$') ? Buffer.from(mapKeys(text, (key) => (key.startsWith("$$") ? key.slice(1) : key))) : bytes;
}

/** Checked for depth, size and kinds before anything is built. Throws `protocol_violation`, `frame_too_complex`. */
export function readJson(bytes: Uint8Array, spelling: Spelling): unknown {
  if (spelling === "values") return jsonCodec.decode(bytes);
  const text = textOf(bytes);
  // What is not UTF-8 is refused by the decoder.
  return jsonCodec.decode(text !== undefined && DOLLAR.test(text) ? Buffer.from(mapKeys(text, (key) => (/^(\$|\\u0024)/.test(key) ? `$${key}` : key))) : bytes);
}

/** `undefined`: it is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Texts of one value, keys and others: more are refused by the decoder anyway, so nobody has to work for them. */
const MOST_TEXTS = 200_000;

/** Changes the keys of a JSON text, as they are written. Text that is no JSON stays none. */
function mapKeys(text: string, change: (key: string) => string): string {
  let out = "";
  let done = 0;
  let texts = 0;
  for (let start = text.indexOf('"'); start !== -1; ) {
    if (++texts > MOST_TEXTS) return text;
    let end = start + 1;
    for (let c = text.charCodeAt(end); c !== 0x22 && end < text.length; c = text.charCodeAt(end)) end += c === 0x5c ? 2 : 1;
    let after = end + 1;
    while (" \t\r\n".includes(text.charAt(after)) && after < text.length) after++;
    if (text[after] === ":") {
      out += `${text.slice(done, start + 1)}${change(text.slice(start + 1, end))}`;
      done = end;
    }
    start = text.indexOf('"', end + 1);
  }
  return out + text.slice(done);
}
