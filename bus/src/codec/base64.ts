import { SallyportError } from "../errors.js";

// Our own, because neither Buffer nor atob exists in every realm that imports the bus (hardened guests have neither).
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: readonly number[] = Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)));

/** RFC 4648 section 4, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let out = "";
  const whole = bytes.length - (bytes.length % 3);
  for (let i = 0; i < whole; i += 3) {
    const n = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    out += ALPHABET[n >> 18]! + ALPHABET[(n >> 12) & 63]! + ALPHABET[(n >> 6) & 63]! + ALPHABET[n & 63]!;
  }
  if (bytes.length - whole === 1) {
    const n = bytes[whole] as number;
    out += `${ALPHABET[n >> 2]}${ALPHABET[(n << 4) & 63]}==`;
  } else if (bytes.length - whole === 2) {
    const n = ((bytes[whole] as number) << 8) | (bytes[whole + 1] as number);
    out += `${ALPHABET[n >> 10]}${ALPHABET[(n >> 4) & 63]}${ALPHABET[(n << 2) & 63]}=`;
  }
  return out;
}

/** Strict: padded, no other characters, spare bits zero, so that one value has one spelling. Throws `protocol_violation`. */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw bad(`has ${text.length} characters, which is not a multiple of 4`);
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) throw bad(`has a character at ${i} that is not in the base64 alphabet`);
    bits = ((bits << 6) | value) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at++] = (bits >> held) & 0xff;
    }
  }
  if ((bits & ((1 << held) - 1)) !== 0) throw bad("has bits left over at its end");
  return out;
}

function bad(what: string): SallyportError {
  return new SallyportError("protocol_violation", `the base64 text of $bytes ${what}`);
}
