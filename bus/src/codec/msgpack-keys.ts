import { nameOf } from "./build.js";
import type { Input } from "./input.js";

/** The keys of maps that came before: a map mostly has those that followed the map before it last time. */
export interface KeyMemory {
  /** Stands for the map that began last. */
  readonly last: number;
  /** The keys that the map which begins now may have, if it has as many. */
  guess(count: number): readonly string[] | undefined;
  /** The map that began now is taken for what was guessed. */
  follow(): void;
  /** What it was, where there was no guess or a wrong one; `before` is what `last` was when it began. */
  learn(keys: readonly string[], before: number): void;
}

/** A power of two. With the two after it, what bounds the memory that a plugin can make a connection keep. */
const PLACES = 64;
const MAX_KEYS = 32;
/** The longest text whose length is part of its first byte. */
const MAX_KEY_BYTES = 31;
const SHORT_TEXT = 0xa0;

export function createKeyMemory(): KeyMemory {
  return new Memory();
}

interface Known {
  readonly keys: readonly string[];
  /** The place of those that followed. Not a reference: the old ones would keep the older ones. */
  next: number;
}

/** Whether `key` is the text that comes next in the input; then it has been read. */
export function isNext(key: string, input: Input): boolean {
  const { view, at } = input;
  const { length } = key;
  if (input.end - at <= length || view.getUint8(at) !== SHORT_TEXT + length) return false;
  for (let i = 0; i < length; i++) if (view.getUint8(at + 1 + i) !== key.charCodeAt(i)) return false;
  input.at = at + 1 + length;
  return true;
}

class Memory implements KeyMemory {
  private readonly known: Known[] = Array.from({ length: PLACES }, () => ({ keys: [], next: 0 }));
  private readonly seen: number[] = Array.from({ length: PLACES }, () => 0);
  last = 0;

  guess(count: number): readonly string[] | undefined {
    const { keys } = this.known[(this.known[this.last] as Known).next] as Known;
    return keys.length === count ? keys : undefined;
  }

  follow(): void {
    this.last = (this.known[this.last] as Known).next;
  }

  learn(keys: readonly string[], before: number): void {
    if (keys.length > MAX_KEYS) return;
    const print = printOf(keys);
    if (print === 0) return;
    const place = print & (PLACES - 1);
    // Keys that come once, as those of a dictionary, are not worth a place.
    if (this.seen[place] !== print) {
      this.seen[place] = print;
      return;
    }
    if (!isSame((this.known[place] as Known).keys, keys)) this.known[place] = { keys: keys.map(nameOf), next: 0 };
    (this.known[before] as Known).next = place;
    // Unless maps inside of it have begun since.
    if (this.last === before) this.last = place;
  }
}

/** 0: a key is too long, or not ASCII. */
function printOf(keys: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const key of keys) {
    if (key.length > MAX_KEY_BYTES) return 0;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      if (code >= 0x80) return 0;
      hash = Math.imul(hash ^ code, 0x01000193);
    }
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  }
  return (hash ^ (hash >>> 15)) | 1;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, i) => key === other[i]);
}
