import { createRequire } from "node:module";
import type * as koffi from "koffi";

export type Koffi = typeof koffi;

/** All that koffi's own JavaScript does is to find this file and to warn of old names. */
export function loadKoffi(file: string): Koffi {
  return createRequire(file)(file) as Koffi;
}
