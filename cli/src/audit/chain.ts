import { createHmac, hash } from "node:crypto";
import { escapeControls } from "../render/value.js";

/** What a line says; `seq` first, so that a person sees the order. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Binds each line to all before it. Without a key the chain shows that a file was edited by somebody who did not
 * write it anew from that line on; with one, only who has the key can write lines that fit.
 */
export interface Chain {
  /** Names the key without telling it; `undefined`: there is none. */
  readonly keyId: string | undefined;
  /** The hash of a line, 64 hexadecimal digits. `body`: its bytes before `,"hash":`. */
  next(previous: string, body: string | Uint8Array): string;
}

/** Before the first line of the first file. */
export const NO_HASH = "0".repeat(64);

const HASH_FIELD = /^,"hash":"([0-9a-f]{64})"\}$/;
const HASH_FIELD_BYTES = 75;

export function createChain(key?: Uint8Array): Chain {
  if (key === undefined) {
    return { keyId: undefined, next: (previous, body) => (typeof body === "string" ? hash("sha256", previous + body) : hash("sha256", Buffer.concat([Buffer.from(previous), body]))) };
  }
  return {
    // Of another use of the key than any line's.
    keyId: createHmac("sha256", key).update("sallyport audit key id").digest("hex").slice(0, 16),
    next: (previous, body) => createHmac("sha256", key).update(previous).update(body).digest("hex"),
  };
}

/** One line of the file, without its newline, and the hash that the next one goes on from. */
export function seal(chain: Chain, previous: string, fields: Fields): { readonly line: string; readonly hash: string } {
  const body = escapeControls(JSON.stringify(fields)).slice(0, -1);
  const sum = chain.next(previous, body);
  return { line: `${body},"hash":"${sum}"}`, hash: sum };
}

/** A line that has the shape of ours; whether its hash fits is the chain's to say. */
export interface SealedLine {
  readonly body: Uint8Array;
  readonly hash: string;
  readonly seq: number;
  readonly fields: Fields;
}

/** `undefined`: not a whole line of an audit file. */
export function readLine(bytes: Buffer): SealedLine | undefined {
  const end = bytes.length - HASH_FIELD_BYTES;
  if (end < 1) return undefined;
  const sum = HASH_FIELD.exec(bytes.toString("latin1", end))?.[1];
  if (sum === undefined) return undefined;
  try {
    const fields = JSON.parse(bytes.toString("utf8")) as Fields;
    const seq = fields["seq"];
    return typeof seq === "number" && Number.isSafeInteger(seq) && seq > 0 ? { body: bytes.subarray(0, end), hash: sum, seq, fields } : undefined;
  } catch {
    return undefined;
  }
}
