import { hash } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { readLine, type SealedLine } from "./chain.js";

/** More than any line of ours. */
export const MAX_LINE_BYTES = 64 << 10;
const NEWLINE = 0x0a;

/** What is at the two ends of an audit file. */
export interface Ends {
  readonly bytes: number;
  /** `undefined`: the file does not begin as one of ours. */
  readonly first: SealedLine | undefined;
  /** The last whole line; `undefined`: it cannot be read. */
  readonly last: SealedLine | undefined;
  /** Bytes after the last newline: a writer was killed in the middle. */
  readonly torn: { readonly bytes: number; readonly sha256: string; readonly start: string } | undefined;
  /** Of a torn end: all of the line is there but its newline. */
  readonly isWhole: boolean;
}

export function readEnds(fd: number): Ends {
  const bytes = fstatSync(fd).size;
  const head = readAt(fd, 0, Math.min(bytes, MAX_LINE_BYTES));
  const newline = head.indexOf(NEWLINE);
  const first = readLine(newline < 0 ? head : head.subarray(0, newline));
  const from = Math.max(0, bytes - 2 * MAX_LINE_BYTES);
  const tail = readAt(fd, from, bytes - from);
  const end = tail.lastIndexOf(NEWLINE) + 1;
  const rest = tail.subarray(end);
  const whole = rest.length === 0 ? undefined : readLine(rest);
  const last = whole ?? (end === 0 ? undefined : readLine(tail.subarray(end < 2 ? 0 : tail.lastIndexOf(NEWLINE, end - 2) + 1, end - 1)));
  return { bytes, first, last, torn: rest.length === 0 || whole ? undefined : { bytes: rest.length, sha256: hash("sha256", rest), start: rest.toString("latin1", 0, 7) }, isWhole: whole !== undefined };
}

function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const n = readSync(fd, buffer, done, length - done, position + done);
    if (n === 0) break;
    done += n;
  }
  return buffer.subarray(0, done);
}
