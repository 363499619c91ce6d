import { createReadStream } from "node:fs";
import { MAX_LINE_BYTES } from "./ends.js";

export interface RawLine {
  /** From 1, as editors count. */
  readonly number: number;
  /** Without its newline; of a line that is too long, its start. */
  readonly bytes: Buffer;
  /** Its newline is there, and it is no longer than a line can be. */
  readonly isWhole: boolean;
}

const NEWLINE = 0x0a;

/** The lines of a file of any size, with bounded memory. */
export async function* linesOf(path: string): AsyncGenerator<RawLine, void, void> {
  let number = 1;
  let parts: Buffer[] = [];
  let held = 0;
  const take = (part: Buffer): void => {
    if (held < MAX_LINE_BYTES) parts.push(part.subarray(0, MAX_LINE_BYTES - held));
    held += part.length;
  };
  const line = (hasEnd: boolean): RawLine => {
    const whole = { number: number++, bytes: Buffer.concat(parts), isWhole: hasEnd && held <= MAX_LINE_BYTES };
    parts = [];
    held = 0;
    return whole;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      from = end + 1;
      yield line(true);
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (held > 0) yield line(false);
}
