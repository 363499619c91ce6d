import { isDeepStrictEqual } from "node:util";
import { assertValue, isSallyportError, jsonCodec, msgpackCodec } from "@sallyport/bus";

/** A refusal is one of ours, with a code that may be expected here; anything else is a bug. */
export function refusedBy(error: unknown, ...codes: readonly string[]): false {
  if (isSallyportError(error) && codes.includes(error.code)) return false;
  throw error;
}

/** What was decoded is plain, holds no more than its bytes could say, and is the same value in every codec. */
export function checkValue(value: unknown, size: number, said = 0): void {
  assertValue(value);
  const { values, length } = weigh(value);
  // An item takes a byte at least, and text and bytes as many as they have. `said`: what may have been said before, or is known.
  if (values > size + 1 + said || length > size + said) throw new Error(`${size} bytes became ${values} values and ${length} characters`);
  for (const codec of [jsonCodec, msgpackCodec]) {
    const again = codec.decode(codec.encode(value));
    if (!isDeepStrictEqual(again, value) && shown(again) !== shown(value)) throw new Error(`${codec.name} makes another value of it: ${shown(value)} and ${shown(again)}`);
  }
  clean();
}

/** Nothing reached what everybody inherits from. */
export function clean(): void {
  for (const shared of [Object.prototype, Array.prototype, Function.prototype]) {
    for (const key of Object.keys(shared)) throw new Error(`a prototype has got '${key}'`);
  }
  if (({} as Record<string, unknown>)["polluted"] !== undefined) throw new Error("Object.prototype is polluted");
}

/** Text, since the sign of zero is not kept. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `${item}n` : item));
}

/** Values, and the characters and bytes in them. Keys of a record codec may be said once and used often: they are not counted. */
function weigh(value: unknown): { values: number; length: number } {
  let values = 0;
  let length = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const item = rest.pop();
    values++;
    if (typeof item === "string") length += item.length;
    else if (item instanceof Uint8Array) length += item.length;
    else if (Array.isArray(item)) rest.push(...(item as unknown[]));
    else if (typeof item === "object" && item !== null && !(item instanceof Date)) rest.push(...Object.values(item));
  }
  return { values, length };
}
