/**
 * Value to bytes and back. A codec is chosen by the plugin in its handshake line; adding one touches neither
 * peer nor kernel: hand it to the adapter (`stdio({ codecs: [json, msgpack, mine] })`).
 */
export interface Codec {
  /** As the handshake line spells it. */
  readonly name: string;
  /** How frames follow each other: `line`, ended by a newline, or `length`, a u32 big-endian before each. */
  readonly framing: "line" | "length";
  /**
   * One value as bytes, without framing, in a buffer of exactly its size that nothing else uses.
   * Throws `bad_value` naming the path.
   */
  encode(value: unknown): Uint8Array;
  /**
   * The value in `bytes`, which need not be trusted: its structure is checked (depth, item count, kinds)
   * before anything is built. Throws `protocol_violation`.
   */
  decode(bytes: Uint8Array): unknown;
}
