/** A payload for many receivers. A frame carries it beside the plain value, and each codec encodes it once. */
export interface SharedValue {
  readonly value: unknown;
  /**
   * The value as `codec` writes it on its own, without tables of a connection; `encode` runs the first time only. What it
   * throws is thrown to everyone. The bytes are shared: copy them, never change them.
   */
  encodedBy(codec: string, encode: (value: unknown) => Uint8Array): Uint8Array;
}

/** Owned by whoever sends it; the value must not change until it is sent. */
export function shared(value: unknown): SharedValue {
  const encodings = new Map<string, { readonly bytes: Uint8Array } | { readonly thrown: unknown }>();
  return {
    value,
    encodedBy(codec, encode) {
      let known = encodings.get(codec);
      if (known === undefined) {
        known = attempt(() => encode(value));
        encodings.set(codec, known);
      }
      if ("bytes" in known) return known.bytes;
      throw known.thrown;
    },
  };
}

function attempt(encode: () => Uint8Array): { readonly bytes: Uint8Array } | { readonly thrown: unknown } {
  try {
    return { bytes: encode() };
  } catch (thrown) {
    return { thrown };
  }
}
