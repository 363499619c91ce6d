/** What a message costs before it: a flag and its length. */
const HEAD_BYTES = 5;

/** Why the bytes of a stream are no messages. */
export interface Refused {
  readonly code: number;
  readonly details: string;
}

/** Cuts a stream of bytes into messages. Looks at a length before anything of that length is kept. */
export interface MessageReader {
  push(chunk: Uint8Array): void;
  /** `undefined`: no whole message is there yet. */
  next(): Uint8Array | Refused | undefined;
  /** Bytes of a message that has not ended. */
  readonly partial: boolean;
}

const INTERNAL = 13;
const RESOURCE_EXHAUSTED = 8;

export function createMessageReader(mostBytes: number): MessageReader {
  /** What has come, in front; behind it room that is `mine`. Many small chunks cost no more than their bytes. */
  let held: Buffer = Buffer.alloc(0);
  let size = 0;
  let mine = false;
  /** Of the message under way, with its head. */
  let wanted = HEAD_BYTES;

  return {
    get partial() {
      return size > 0;
    },
    push(chunk) {
      const { byteLength } = chunk;
      if (size === 0) {
        held = Buffer.from(chunk.buffer, chunk.byteOffset, byteLength);
        mine = false;
      } else {
        if (!mine || size + byteLength > held.byteLength) {
          const grown = Buffer.allocUnsafe(Math.max(size * 2, size + byteLength));
          held.copy(grown, 0, 0, size);
          held = grown;
          mine = true;
        }
        held.set(chunk, size);
      }
      size += byteLength;
    },
    next() {
      if (size < wanted) return undefined;
      const length = held.readUInt32BE(1);
      if (length > mostBytes) return { code: RESOURCE_EXHAUSTED, details: `a message of the plugin has ${length} bytes, larger than the limit of ${mostBytes}` };
      if (held[0] !== 0) return { code: INTERNAL, details: "a message of the plugin is compressed, which was not asked for" };
      wanted = HEAD_BYTES + length;
      if (size < wanted) return undefined;
      const message = held.subarray(HEAD_BYTES, wanted);
      held = held.subarray(wanted, size);
      size -= wanted;
      // Whoever has the message reads it where it lies.
      mine = false;
      wanted = HEAD_BYTES;
      return message;
    },
  };
}

/** A message with its head in front. */
export function framed(message: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(HEAD_BYTES + message.byteLength);
  out[0] = 0;
  out.writeUInt32BE(message.byteLength, 1);
  out.set(message, HEAD_BYTES);
  return out;
}
