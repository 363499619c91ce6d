import type { PluginSource } from "@sallyport/kernel";
import { compileSchema, type Reads } from "@sallyport/manifest";

/** What a manifest may say under `modes.ffi`. */
export interface Settings {
  /** The build that it was written for, as `sallyport_fingerprint` tells it: another one is refused. */
  readonly fingerprint?: string;
}

const checkSettings = compileSchema({
  type: "object",
  additionalProperties: false,
  properties: { fingerprint: { type: "string", minLength: 1, maxLength: 100 } },
});

export const READS: Reads = { mode: "ffi", kinds: ["library"], settings: checkSettings };

export function settingsOf({ manifest }: PluginSource): Settings {
  return (manifest?.modes?.[READS.mode] ?? {}) as Settings;
}
