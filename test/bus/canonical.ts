/** The form that every codec gives a value: no undefined properties, no -0, integers up to 2^53 as numbers. */
export function canonical(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value === "bigint") return value <= 2n ** 53n && value >= -(2n ** 53n) ? Number(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(canonical);
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, canonical(item)]));
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What `fn` throws; fails when it returns. */
export function thrownBy(fn: () => unknown): { code?: unknown; message: string; path?: unknown } {
  try {
    fn();
  } catch (error) {
    return error as { code?: unknown; message: string };
  }
  throw new Error("nothing was thrown");
}
