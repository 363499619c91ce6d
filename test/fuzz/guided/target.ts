/** Something that reads bytes of strangers. */
export interface Target {
  readonly name: string;
  /** Bytes and words that mean something to it. */
  readonly tokens: readonly (readonly number[])[];
  /** What is valid, to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** `false`: refused, in the way that it promises. Throws when it breaks a promise. */
  run(bytes: Uint8Array): boolean | Promise<boolean>;
}

export const words = (...list: readonly string[]): readonly (readonly number[])[] => list.map((word) => [...new TextEncoder().encode(word)]);
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
