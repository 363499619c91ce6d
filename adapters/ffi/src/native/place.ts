import { createRequire } from "node:module";
import { dirname } from "node:path";
import process from "node:process";
import { Refused } from "../refusal.js";

/** Where koffi's build for this machine is: the file to require, and the folder that has to be readable for it. */
export interface KoffiPlace {
  readonly file: string;
  readonly folder: string;
}

/** Its builds are packages of their own. */
export function placeOfKoffi(): KoffiPlace {
  try {
    const file = createRequire(createRequire(import.meta.url).resolve("koffi")).resolve(`@koromix/koffi-${process.platform}-${process.arch}`);
    return { file, folder: dirname(file) };
  } catch {
    throw new Refused("spawn_failed", `koffi has no build for ${process.platform} ${process.arch} here`, "Install with optional dependencies: npm install koffi --include=optional.");
  }
}

