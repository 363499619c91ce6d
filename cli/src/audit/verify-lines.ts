import { hash as digest } from "node:crypto";
import { NO_HASH, readLine, type Chain, type SealedLine } from "./chain.js";
import type { Head } from "./head.js";
import type { RawLine } from "./lines.js";

/** Something about a line, for a person. */
export interface Finding {
  readonly file: string;
  readonly line?: number;
  readonly what: string;
}

/** Walks the lines of one log, file by file, and says where they are not what was written. */
export interface Walk {
  /** Begins the next file. Returns `false` when its lines cannot be judged. */
  open(file: string, first: RawLine | undefined): boolean;
  line(raw: RawLine): void;
  /** The file is over. `isNewest`: nothing comes after it. */
  end(isNewest: boolean): void;
  readonly problems: readonly Finding[];
  readonly notes: readonly Finding[];
  /** The last line that was accepted. */
  readonly last: Head & { readonly at: string } | undefined;
  readonly lines: number;
}

export interface WalkOptions {
  readonly chain: Chain;
  /** Lines that must be there, as somebody remembers them. */
  readonly heads: readonly Head[];
}

export function createWalk({ chain, heads }: WalkOptions): Walk {
  const problems: Finding[] = [];
  const notes: Finding[] = [];
  let file = "";
  let at: (Head & { at: string }) | undefined;
  let fileNumber = 0;
  let isFirst = true;
  let lines = 0;
  let isRunning = false;
  /** A line that is none: a torn end if the next one says so. */
  let broken: RawLine | undefined;
  let lastRaw: RawLine | undefined;

  const problem = (line: number | undefined, what: string): void => void problems.push({ file, ...(line !== undefined && { line }), what });

  function begin(raw: RawLine, line: SealedLine): void {
    const { event, file: number, previous } = line.fields;
    if (event !== "opened" || typeof number !== "number" || typeof previous !== "string") return problem(raw.number, "the file does not begin with the line that opens it: lines at its start are missing");
    if (at === undefined) {
      // The oldest that is left: where it goes on from, it alone can say.
      at = { seq: line.seq - 1, hash: previous, at: "" };
      if (number === 1 && (line.seq !== 1 || previous !== NO_HASH)) problem(raw.number, "the first file does not begin with line 1");
    } else if (number !== fileNumber + 1) problem(raw.number, `file ${number} follows file ${fileNumber}: ${number > fileNumber ? "a file between them is missing" : "they are out of order"}`);
    fileNumber = number;
  }

  function accept(raw: RawLine, line: SealedLine): void {
    const { event, gap, at: time } = line.fields;
    at = { seq: line.seq, hash: line.hash, at: typeof time === "string" ? time : "" };
    for (const head of heads) if (head.seq === line.seq && head.hash !== line.hash) problem(raw.number, `line ${line.seq} is not the one that was written: it has another hash than was remembered`);
    if (gap !== undefined) problem(raw.number, "the host found at its start that lines which had been written were missing or others, and says so here");
    if (event === "started") {
      if (isRunning) notes.push({ file, line: raw.number, what: "the run before it did not end in order: its host was killed" });
      isRunning = true;
    }
    if (event === "closed") isRunning = false;
  }

  function judge(raw: RawLine, line: SealedLine): void {
    const previous = at ?? { seq: 0, hash: NO_HASH };
    const fits = chain.next(previous.hash, line.body) === line.hash;
    if (broken !== undefined) settle(fits ? line : undefined);
    if (!fits || line.seq !== previous.seq + 1) problem(raw.number, diagnosis(line.seq, previous.seq + 1));
    // Goes on from what it claims, so that one change is one finding and not all that follows.
    accept(raw, line);
  }

  /** What `next` says of the line before it, which is broken. */
  function settle(next: SealedLine | undefined): void {
    if (broken === undefined) return;
    const torn = next?.fields["torn"] as { readonly bytes?: unknown; readonly sha256?: unknown } | undefined;
    if (torn?.bytes === broken.bytes.length && torn.sha256 === digest("sha256", broken.bytes)) {
      notes.push({ file, line: broken.number, what: "cut off when its host was killed, and noted by the next run" });
    } else problem(broken.number, "this is not a whole line of the log");
    broken = undefined;
  }

  return {
    open(path, raw) {
      file = path;
      isFirst = true;
      lastRaw = undefined;
      const first = raw && readLine(raw.bytes);
      const key = first?.fields["key"];
      if (first === undefined || first.fields["event"] !== "opened" || key === chain.keyId) return true;
      if (chain.keyId === undefined) problem(1, "its lines are authenticated: name the key with --key FILE");
      else problem(1, key === undefined ? "its lines are not authenticated: whoever could write the file could have written them" : "its lines are authenticated with another key");
      return false;
    },
    line(raw) {
      lines++;
      lastRaw = raw;
      const line = raw.isWhole || raw.bytes.length > 0 ? readLine(raw.bytes) : undefined;
      if (line === undefined) {
        settle(undefined);
        broken = raw;
        return;
      }
      if (isFirst) begin(raw, line);
      isFirst = false;
      judge(raw, line);
    },
    end(isNewest) {
      if (broken !== undefined && broken === lastRaw && !broken.isWhole) {
        problem(broken.number, "the end of the file is cut off in the middle of a line: its host was killed there and none was started since, or bytes were removed");
        broken = undefined;
      }
      settle(undefined);
      if (lastRaw?.isWhole === false && problems.at(-1)?.line !== lastRaw.number) problem(lastRaw.number, "its end is missing");
      if (isNewest && isRunning) notes.push({ file, what: "the last run has not ended: its host writes it now, or was killed" });
    },
    problems,
    notes,
    get last() {
      return at;
    },
    get lines() {
      return lines;
    },
  };
}

function diagnosis(seq: number, expected: number): string {
  if (seq > expected) return seq === expected + 1 ? `line ${expected} of the log is missing before it` : `lines ${expected} to ${seq - 1} of the log are missing before it`;
  if (seq < expected) return `line ${seq} of the log stands here again, or out of order`;
  return `line ${seq} of the log was changed, or the one before it`;
}
