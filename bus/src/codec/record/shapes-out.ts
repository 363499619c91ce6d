import { isWellFormed } from "../../value.js";
import { MAX_KEY_BYTES, MAX_SHAPES, MAX_SHAPE_KEYS } from "./tags.js";

/** The keys of a map, in order, that the other end knows by a number. */
export interface Shape {
  readonly id: number;
  readonly keys: readonly string[];
  /** What was written after this one last time: the first guess for next time. */
  next: Shape | undefined;
}

/** The shapes that one direction of a connection has defined; bounded. */
export interface Shapes {
  /** Number of shapes. */
  readonly size: number;
  find(keys: readonly string[]): Shape | undefined;
  /**
   * A new shape for keys that are met again and fit; `undefined` for those that are new: a dictionary with keys of its
   * own must not take a place.
   */
  define(keys: readonly string[]): Shape | undefined;
  /** Forgets all but the first `size`: the frame that defined the others is not sent. */
  keep(size: number): void;
}

const BUCKETS = 256;

export function createShapes(): Shapes {
  const shapes: Shape[] = [];
  // Made as they are needed: a payload for many receivers has tables of its own, and most use none of this.
  const buckets = new Map<number, Shape[]>();
  const seen = new Map<number, number>();
  return {
    get size() {
      return shapes.length;
    },
    find(keys) {
      if (shapes.length === 0) return undefined;
      return buckets.get(hashOf(keys) & (BUCKETS - 1))?.find((shape) => sameKeys(shape.keys, keys));
    },
    define(keys) {
      if (shapes.length === MAX_SHAPES || keys.length === 0 || keys.length > MAX_SHAPE_KEYS) return undefined;
      const print = printOf(keys);
      const place = print & (BUCKETS - 1);
      if (seen.get(place) !== print) {
        seen.set(place, print);
        return undefined;
      }
      if (!keys.every(fits)) return undefined;
      const shape: Shape = { id: shapes.length, keys, next: undefined };
      shapes.push(shape);
      const at = hashOf(keys) & (BUCKETS - 1);
      const bucket = buckets.get(at);
      if (bucket === undefined) buckets.set(at, [shape]);
      else bucket.push(shape);
      return shape;
    },
    keep(size) {
      for (const shape of shapes.splice(size)) {
        const bucket = buckets.get(hashOf(shape.keys) & (BUCKETS - 1)) as Shape[];
        bucket.splice(bucket.indexOf(shape), 1);
        shape.next = undefined;
      }
      for (const shape of shapes) if (shape.next !== undefined && shape.next.id >= size) shape.next = undefined;
    },
  };
}

/** Three bytes of UTF-8 a character at most. What does not fit, or is no key at all, is the plain writer's to judge. */
function fits(key: string): boolean {
  return key.length * 3 <= MAX_KEY_BYTES && key !== "__proto__" && isWellFormed(key);
}

/** Of a few characters of each key: it only picks the bucket. */
function hashOf(keys: readonly string[]): number {
  let hash = keys.length;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const last = key.length - 1;
    // An empty key has no characters: NaN becomes 0 in here.
    hash = (Math.imul(hash, 31) + (key.charCodeAt(0) ^ (key.charCodeAt(last) << 5) ^ (key.charCodeAt(last >> 1) << 10) ^ (last << 15))) | 0;
  }
  return hash ^ (hash >>> 11);
}

/** Of every character: keys that differ a little are not the same keys again. Never 0, which is an empty place. */
function printOf(keys: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const key of keys) {
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0xffff, 0x01000193);
  }
  return (hash ^ (hash >>> 15)) | 1;
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
