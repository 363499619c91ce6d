import type { PluginSource } from "@sallyport/kernel";
import { compileSchema, type Validate } from "@sallyport/manifest";

/** What a manifest may say under `modes.lua`. */
interface Settings {
  readonly instructions?: number;
}

/** Instructions of one call where neither manifest nor host says otherwise: some seconds of computing. */
export const USUAL_INSTRUCTIONS = 100_000_000;
const MAX_INSTRUCTIONS = 1_000_000_000_000;

export function settingsCheck(): Validate {
  return compileSchema({
    type: "object",
    properties: {
      $comment: { type: "string" },
      instructions: { type: "integer", minimum: 1, maximum: MAX_INSTRUCTIONS, title: `instructions of one call, from 1 to ${MAX_INSTRUCTIONS}` },
    },
    additionalProperties: false,
  });
}

/** A manifest asks for less than the host gives, never for more. */
export function instructionsOf({ manifest }: PluginSource, most: number): number {
  const { instructions = most } = (manifest?.modes?.["lua"] ?? {}) as Settings;
  return Math.min(instructions, most);
}
