import { random } from "../fuzz/mutate.js";

/** Every choice of an episode comes from here, so that its seed makes all of them again. */
export interface Dice {
  below(n: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  pick<T>(from: readonly T[]): T | undefined;
  /** As `pick`, but the first one half of the time: so that one of many gets far. */
  favour<T>(from: readonly T[]): T | undefined;
  /** One of the named things, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
}

export function dice(seed: number): Dice {
  const below = random(seed);
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick: (from) => from[below(Math.max(1, from.length))],
    favour: (from) => from[below(2) === 0 ? 0 : below(Math.max(1, from.length))],
    weighted(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = below(entries.reduce((sum, [, weight]) => sum + weight, 0));
      for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
      return entries[0]?.[0] as keyof typeof weights;
    },
  };
}
