import { closeSync, constants, readFileSync, writeSync } from "node:fs";
import { openPrivate } from "./private-file.js";

/** The last line that was surely written. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export interface HeadFile extends Disposable {
  /** What the last run left; `undefined`: nothing, or nothing readable. */
  readonly before: Head | undefined;
  write(head: Head): void;
}

/** Always as long, so that it is overwritten in place: no rename per flush, and nothing to make room for on a full disk. */
const SEQ_DIGITS = 16;

export function openHead(path: string): HeadFile {
  const fd = openPrivate(path, constants.O_RDWR | constants.O_CREAT);
  const before = readHead(readFileSync(fd, "utf8"));
  return {
    before,
    write: ({ seq, hash }) => void writeSync(fd, `{"seq":${String(seq).padStart(SEQ_DIGITS)},"hash":"${hash}"}\n`, 0),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

export function readHead(text: string): Head | undefined {
  const [, seq, hash] = /^\{"seq": *(\d{1,16}),"hash":"([0-9a-f]{64})"\}\n?$/.exec(text) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}
