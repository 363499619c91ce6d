import { createRequire } from "node:module";

export type Koffi = typeof import("koffi");

/** All that koffi's own JavaScript does is to find this file and to warn of old names. */
export function loadKoffi(file: string): Koffi {
  return createRequire(file)(file) as Koffi;
}
