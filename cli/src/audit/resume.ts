import { closeSync, constants } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { NO_HASH, type Chain, type Fields, type SealedLine } from "./chain.js";
import { readEnds, type Ends } from "./ends.js";
import type { Head } from "./head.js";
import { rotatedFiles } from "./names.js";
import { openPrivate } from "./private-file.js";

/** Where a chain goes on. */
export interface Resume {
  readonly seq: number;
  readonly hash: string;
  /** Number of the file: the first ever is 1. */
  readonly file: number;
  /** What is there is complete, damaged, or of another key: it stays as it is, under its number. */
  readonly isSetAside: boolean;
  /** A file begins: `opened` is its first line. */
  readonly isNew: boolean;
  /** Bytes that end the line before. */
  readonly ending: "" | "\n";
  /** What was found, for the next line to say: a torn end, a gap. */
  readonly found: Fields;
}

/** Looks at what the last run left. Throws `invalid_argument` for a file that is not an audit. */
export function resume(file: string, fd: number, chain: Chain, head: Head | undefined): Resume {
  const ends = readEnds(fd);
  const { first, last, torn } = ends;
  if (ends.bytes === 0) return begun(before(file), head, {});
  if (first?.fields["event"] !== "opened" || typeof first.fields["file"] !== "number") {
    // Killed while it wrote the first line of all.
    if (first === undefined && last === undefined && torn !== undefined && torn.start === OURS) return { ...begun(before(file), head, { torn: told(torn) }), ending: "\n" };
    throw new SallyportError("invalid_argument", `${file} is something else than an audit log`, { path: file, help: "Name a file that does not exist yet." });
  }
  const number = first.fields["file"];
  if (last === undefined) return { ...begun({ seq: head?.seq ?? first.seq, hash: head?.hash ?? first.hash, file: number }, undefined, { gap: { ...(head && { expected: head }), found: "a damaged end" } }), isSetAside: true };
  const at = { seq: last.seq, hash: last.hash, file: number };
  if (last.fields["event"] === "rotated" || first.fields["key"] !== chain.keyId) return { ...begun(at, head, {}), isSetAside: true };
  return { ...at, isSetAside: false, isNew: false, ending: torn || ends.isWhole ? "\n" : "", found: { ...(torn && { torn: told(torn) }), ...gap(at, head) } };
}

/** How each of our lines starts. */
const OURS = '{"seq":';

function told({ bytes, sha256 }: NonNullable<Ends["torn"]>): Fields {
  return { bytes, sha256 };
}

function begun(at: { readonly seq: number; readonly hash: string; readonly file: number }, head: Head | undefined, found: Fields): Resume {
  return { ...at, file: at.file + 1, isSetAside: false, isNew: true, ending: "", found: { ...found, ...gap(at, head) } };
}

/** The file ends before the line that was written last, or with another one in its place. */
function gap({ seq, hash }: Head, head: Head | undefined): Fields {
  return head === undefined || head.seq < seq || (head.seq === seq && head.hash === hash) ? {} : { gap: { expected: head, found: { seq, hash } } };
}

/** The end of the newest file that was set aside. */
function before(file: string): { readonly seq: number; readonly hash: string; readonly file: number } {
  const newest = rotatedFiles(file).at(-1);
  if (newest === undefined) return { seq: 0, hash: NO_HASH, file: 0 };
  const fd = openPrivate(newest.path, constants.O_RDONLY);
  try {
    const last: SealedLine | undefined = readEnds(fd).last;
    return { seq: last?.seq ?? 0, hash: last?.hash ?? NO_HASH, file: newest.number };
  } finally {
    closeSync(fd);
  }
}
