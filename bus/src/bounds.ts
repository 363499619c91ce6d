import type { Code } from "./codes.js";

/** Deepest nesting of a payload or frame; the same bound that the decoder's structural check applies. */
export const MAX_DEPTH = 64;
/** Most values (scalars, arrays, maps) in one frame; bounds what a small frame can blow up to in memory. */
export const MAX_NODES = 100_000;

/** How much structure one frame may have: what a few bytes can make a reader build. */
export interface FrameBounds {
  /** Values: each scalar, array and map is one, keys do not count. */
  readonly items: number;
  /** Levels of arrays and maps, that of the frame itself included. */
  readonly depth: number;
}

/** What every codec takes, whatever was agreed: the protocol's own bounds. */
export const WIDEST: FrameBounds = { items: MAX_NODES, depth: MAX_DEPTH };

/** What the protocol's own frames need, an error with its crash report for one: a smaller limit counts as this. */
const LEAST: FrameBounds = { items: 64, depth: 4 };

/** The bounds that a plugin's limits stand for. */
export function boundsOf({ frameItems, frameDepth }: { readonly frameItems: number; readonly frameDepth: number }): FrameBounds {
  return {
    items: Math.min(Math.max(frameItems, LEAST.items), WIDEST.items),
    depth: Math.min(Math.max(frameDepth, LEAST.depth), WIDEST.depth),
  };
}

/** Whether nothing that a codec takes can exceed them: what was encoded for many then fits this one too. */
export function takesAll({ items, depth }: FrameBounds): boolean {
  return items >= WIDEST.items && depth >= WIDEST.depth;
}

/** Beyond what was agreed it is a matter of limits; beyond what every codec takes, with nothing agreed, of the protocol. */
export function codeOfBounds<Else extends Code>(bounds: FrameBounds | undefined, otherwise: Else): "frame_too_complex" | Else {
  return bounds === undefined || bounds === WIDEST ? otherwise : "frame_too_complex";
}
