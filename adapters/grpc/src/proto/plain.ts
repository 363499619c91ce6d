/**
 * Values of protobuf's JSON types (Struct, Value, ListValue) say what JSON says. What a value here can be beside that is spelled
 * as the JSON codec of bus/PROTOCOL.md spells it: `{"$bytes": "AAH+"}`, `{"$int": "9007199254740993"}`, `{"$time": "..."}`.
 */
const SPELLED = /^\$(bytes|int|time)$/;

/** What a map of the wire stands for. Other single `$` are left as they are: a plugin of somebody else's means them. */
export function revive(map: Record<string, unknown>): unknown {
  const keys = Object.keys(map);
  const only = keys.length === 1 ? (keys[0] as string) : "";
  const text = map[only];
  if (SPELLED.test(only) && typeof text === "string") {
    if (only === "$bytes" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) return new Uint8Array(Buffer.from(text, "base64"));
    if (only === "$int" && /^-?[0-9]{1,19}$/.test(text)) return integerOf(BigInt(text)) ?? map;
    if (only === "$time" && Number.isFinite(Date.parse(text))) return new Date(text);
  }
  if (!keys.some((key) => key.startsWith("$$"))) return map;
  return Object.fromEntries(keys.map((key) => [key.startsWith("$$") ? key.slice(1) : key, map[key]]));
}

function integerOf(value: bigint): number | bigint | undefined {
  if (value !== BigInt.asIntN(64, value)) return undefined;
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}

/** How a value is spelled that JSON has no word for; `undefined` for all others. */
export function spell(value: unknown): Record<string, string> | undefined {
  if (typeof value === "bigint") return { $int: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  return value instanceof Date ? { $time: value.toISOString() } : undefined;
}

export function spellKey(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}
