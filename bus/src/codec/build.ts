type Keys = readonly string[];

/** Where the values of a map come from, in the order of its keys. */
export interface Fields {
  /** Whether there is one for key number `i`; if not, the key is left out. */
  next(keys: Keys, i: number): boolean;
  read(depth: number): unknown;
}

type Build = (keys: Keys, from: Fields, depth: number) => object;

/**
 * An object with these keys. V8 remembers the name that is stored at a place in the code, as long as it is one: where most maps
 * of a size have the same keys, a place for each key is several times as fast as a loop. `keys` are `nameOf`'s.
 */
export function build(keys: Keys, from: Fields, depth: number): object {
  return (BUILDERS[keys.length] ?? many)(keys, from, depth);
}

/** The text as V8 keeps names of properties: one that was just decoded would be looked up at every store. */
export function nameOf(key: string): string {
  return Object.keys({ [key]: 0 })[0] as string;
}

const many: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) if (from.next(keys, i)) out[keys[i] as string] = from.read(depth);
  return out;
};

const one: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  return out;
};

const two: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  return out;
};

const three: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  return out;
};

const four: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  if (from.next(keys, 3)) out[keys[3] as string] = from.read(depth);
  return out;
};

const five: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  if (from.next(keys, 3)) out[keys[3] as string] = from.read(depth);
  if (from.next(keys, 4)) out[keys[4] as string] = from.read(depth);
  return out;
};

const six: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  if (from.next(keys, 3)) out[keys[3] as string] = from.read(depth);
  if (from.next(keys, 4)) out[keys[4] as string] = from.read(depth);
  if (from.next(keys, 5)) out[keys[5] as string] = from.read(depth);
  return out;
};

const seven: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  if (from.next(keys, 3)) out[keys[3] as string] = from.read(depth);
  if (from.next(keys, 4)) out[keys[4] as string] = from.read(depth);
  if (from.next(keys, 5)) out[keys[5] as string] = from.read(depth);
  if (from.next(keys, 6)) out[keys[6] as string] = from.read(depth);
  return out;
};

const eight: Build = (keys, from, depth) => {
  const out: Record<string, unknown> = {};
  if (from.next(keys, 0)) out[keys[0] as string] = from.read(depth);
  if (from.next(keys, 1)) out[keys[1] as string] = from.read(depth);
  if (from.next(keys, 2)) out[keys[2] as string] = from.read(depth);
  if (from.next(keys, 3)) out[keys[3] as string] = from.read(depth);
  if (from.next(keys, 4)) out[keys[4] as string] = from.read(depth);
  if (from.next(keys, 5)) out[keys[5] as string] = from.read(depth);
  if (from.next(keys, 6)) out[keys[6] as string] = from.read(depth);
  if (from.next(keys, 7)) out[keys[7] as string] = from.read(depth);
  return out;
};

/** By the number of keys. */
const BUILDERS: readonly Build[] = [many, one, two, three, four, five, six, seven, eight];
