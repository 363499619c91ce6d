import { codeOfBounds, type FrameBounds } from "../bounds.js";
import { SallyportError } from "../errors.js";

export interface JsonFacts {
  /** The parsed value must be walked: it may hold `$` spellings, refused keys, lone surrogates or infinities. */
  readonly walk: boolean;
  /** Keys of the top-level map as written; more than the parsed value has means duplicates. */
  readonly topKeys: number;
}

/**
 * Bounds a JSON text before anything is built from it: depth, number of values, integers that would lose
 * digits. One pass, no recursion. Grammar is left to JSON.parse, which runs only on what passed here.
 */
export function scanJson(text: string, bounds: FrameBounds): JsonFacts {
  let depth = 0;
  let nodes = 0;
  let topKeys = 0;
  let walk = false;
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      nodes++;
      const first = text.charCodeAt(i + 1);
      if (first === 0x24 || first === 0x5f) walk = true; // `$…` spellings and `__proto__`
      i++;
      for (;;) {
        const inside = text.charCodeAt(i);
        if (inside === 0x22) break;
        if (i >= text.length) throw new SallyportError("protocol_violation", "the frame is not JSON: a string does not end");
        if (inside === 0x5c) {
          if (text.charCodeAt(i + 1) === 0x75) walk = true; // \u can spell any of the above, or half a pair
          i++;
        }
        i++;
      }
      i++;
    } else if (c === 0x7b || c === 0x5b) {
      nodes++;
      // One level more than values may have: bytes, big integers and times are spelled as maps. The walk is exact.
      if (++depth > bounds.depth) {
        walk = true;
        if (depth > bounds.depth + 1) throw new SallyportError(codeOfBounds(bounds, "protocol_violation"), `the frame is nested deeper than ${bounds.depth} at character ${i}`);
      }
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
      i++;
    } else if (c === 0x3a) {
      nodes--; // what came before was a key
      if (depth === 1) topKeys++;
      i++;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      nodes++;
      const end = endOfNumber(text, i);
      if (checkNumber(text, i, end)) walk = true;
      i = end;
    } else if (c >= 0x61 && c <= 0x7a) {
      nodes++;
      while (text.charCodeAt(i) >= 0x61 && text.charCodeAt(i) <= 0x7a) i++;
    } else {
      i++;
    }
    // Twice the bound, since each `$` spelling is two values here and one in the data model; the walk counts exactly.
    if (nodes > bounds.items) {
      walk = true;
      if (nodes > 2 * bounds.items) throw new SallyportError(codeOfBounds(bounds, "protocol_violation"), `the frame has more than ${bounds.items} items`);
    }
  }
  return { walk, topKeys };
}

function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const part = (c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x2d || c === 0x2b || c === 0x65 || c === 0x45;
    if (!part) break;
  }
  return i;
}

const INTEGER = /^-?[0-9]+$/;
const MAX_INT = 2n ** 53n;

/** True when the number could still be infinite. Refuses an integer that a float would silently round: money is written in them. */
function checkNumber(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < 16) {
    for (let i = start; i < end; i++) if ((text.charCodeAt(i) | 0x20) === 0x65) return true;
    return false;
  }
  const token = text.slice(start, end);
  if (!INTEGER.test(token)) return true;
  const value = length > 32 ? undefined : BigInt(token);
  if (value === undefined || value > MAX_INT || value < -MAX_INT) {
    throw new SallyportError("protocol_violation", `the integer ${token.slice(0, 32)} at character ${start} is beyond 2^53: write it as {"$int":"…"}`);
  }
  return false;
}
