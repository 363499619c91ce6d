import { createRequire } from "node:module";
import type * as koffi from "koffi";
import { Refused } from "../refusal.js";

export type Koffi = typeof koffi;

/** All that koffi's own JavaScript does is to find this file and to warn of old names. Throws a refusal. */
export function loadKoffi(file: string): Koffi {
  try {
    return createRequire(file)(file) as Koffi;
  } catch (thrown) {
    throw new Refused("spawn_failed", `koffi cannot be loaded: ${(thrown as Error).message}`, "Start Node without --no-addons, and reinstall koffi if it is damaged.");
  }
}
