import type { Target } from "./target.js";

export type Pick = (below: number) => number;
/** Inputs stay small: what a parser does for a kilobyte it does for a megabyte. */
const MOST_BYTES = 2048;

/** One to five changes of an input; `other` is one more of the corpus. */
export function change(input: Uint8Array, other: Uint8Array, tokens: Target["tokens"], pick: Pick): Uint8Array {
  let out: number[] = [...input];
  for (let times = 1 + pick(5); times > 0; times--) {
    const at = pick(out.length + 1);
    const token = tokens[pick(tokens.length)] ?? [0];
    switch (pick(11)) {
      case 0: out[at % Math.max(out.length, 1)] = pick(256); break;
      case 1: out[at % Math.max(out.length, 1)] = (out[at % Math.max(out.length, 1)] ?? 0) ^ (1 << pick(8)); break;
      case 2: out.splice(at, 0, ...token); break;
      case 3: out.splice(at, token.length, ...token); break;
      case 4: out.splice(at, 1 + pick(8)); break;
      case 5: out = out.slice(0, at); break;
      case 6: out.splice(pick(out.length + 1), 0, ...out.slice(at, at + pick(32))); break;
      case 7: out = [...out.slice(0, at), ...other.slice(pick(other.length + 1))]; break;
      case 8: out.splice(at, 0, ...other.slice(pick(other.length + 1)).subarray(0, 64)); break;
      case 9: out.splice(at, 0, ...Array.from({ length: 1 + pick(80) }, () => token).flat()); break;
      default: out[at % Math.max(out.length, 1)] = ((out[at % Math.max(out.length, 1)] ?? 0) + pick(35) - 17) & 0xff;
    }
  }
  return Uint8Array.from(out.slice(0, MOST_BYTES));
}
