import { interfaceOf } from "./reference.js";
import type { Range } from "./version.js";

/** What a plugin means by the methods that it calls without naming a major. */
export interface Meaning {
  /** `ledger.balance` is `ledger.balance@1` to one that was written for it. */
  reference(method: string): string;
  /** The version that it counts on. */
  atLeast(method: string): Range | undefined;
}

/** `undefined`: it means whatever there is. */
export function createMeaning(uses: ReadonlyMap<string, Range>): Meaning | undefined {
  if (uses.size === 0) return undefined;
  return {
    reference(method) {
      const range = method.includes("@") ? undefined : uses.get(interfaceOf(method));
      return range === undefined ? method : `${method}@${range.major}`;
    },
    atLeast: (method) => (method.includes("@") ? undefined : uses.get(interfaceOf(method))),
  };
}
