/** A small seeded generator (mulberry32): a failing input is its seed and number. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** One to four small changes; `tokens` are bytes that mean something, `other` another valid input. */
export function mutate(tokens: readonly number[], bytes: Uint8Array, other: Uint8Array, pick: (below: number) => number): Uint8Array {
  let out = [...bytes];
  for (let times = 1 + pick(4); times > 0; times--) {
    const at = pick(out.length + 1);
    const token = tokens[pick(tokens.length)] as number;
    switch (pick(8)) {
      case 0: out[at % Math.max(out.length, 1)] = pick(256); break;
      case 1: out[at % Math.max(out.length, 1)] = token; break;
      case 2: out.splice(at, 0, token); break;
      case 3: out.splice(at, 1 + pick(4)); break;
      case 4: out = out.slice(0, at); break;
      case 5: out.splice(at, 0, ...out.slice(at, at + pick(24))); break;
      case 6: out = [...out.slice(0, at), ...other.slice(pick(other.length))]; break;
      default: out[at % Math.max(out.length, 1)] = (out[at % Math.max(out.length, 1)] ?? 0) ^ (1 << pick(8));
    }
  }
  return Uint8Array.from(out);
}
