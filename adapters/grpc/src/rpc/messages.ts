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
  let chunks: Uint8Array[] = [];
  let size = 0;
  /** Of the message under way, with its head. */
  let wanted = HEAD_BYTES;

  const joined = (): Buffer => {
    const [first] = chunks;
    const all = chunks.length === 1 && first !== undefined ? Buffer.from(first.buffer, first.byteOffset, first.byteLength) : Buffer.concat(chunks, size);
    chunks = [all];
    return all;
  };
  return {
    get partial() {
      return size > 0;
    },
    push(chunk) {
      chunks.push(chunk);
      size += chunk.byteLength;
    },
    next() {
      if (size < wanted) return undefined;
      const all = joined();
      const length = all.readUInt32BE(1);
      if (length > mostBytes) return { code: RESOURCE_EXHAUSTED, details: `a message of the plugin has ${length} bytes, larger than the limit of ${mostBytes}` };
      if (all[0] !== 0) return { code: INTERNAL, details: "a message of the plugin is compressed, which was not asked for" };
      wanted = HEAD_BYTES + length;
      if (size < wanted) return undefined;
      const message = all.subarray(HEAD_BYTES, wanted);
      chunks = size > wanted ? [all.subarray(wanted)] : [];
      size -= wanted;
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
