import type { Endowment } from "./endowment.js";

/**
 * `Date` and `Math` that work: the shim's own throw on `Date.now()` and `Math.random()`. Milliseconds are all
 * that a guest learns of time; there is no `performance`.
 */
export function clock(): Endowment {
  return { globals: { Date, Math }, end() {} };
}
