import { closeSync, constants, fstatSync, fsyncSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { seal, type Chain, type Fields } from "./chain.js";
import { openHead } from "./head.js";
import { headFile, rotatedFiles } from "./names.js";
import { openPrivate } from "./private-file.js";
import { resume } from "./resume.js";

export interface ChainFileOptions {
  readonly file: string;
  readonly chain: Chain;
  /** A file that has grown to so much is set aside and a new one begun. */
  readonly maxBytes: number;
  /** So many earlier files stay. */
  readonly keep: number;
  /** Told in the line that each run begins with. */
  readonly started: Fields;
}

/** Chained lines, appended to a file that nobody else may open. What it does is synchronous and short. */
export interface ChainFile {
  /** Adds a line to what is written next; returns its bytes. 0: the disk takes nothing, and as much as may wait does. */
  append(fields: Fields): number;
  /** Writes what waits. What the disk does not take stays for the next time, and `failure` says why. */
  flush(): void;
  readonly failure: string | undefined;
  readonly waitingBytes: number;
  /** Writes what waits, if the disk takes it, and closes the file. */
  close(last: Fields): void;
}

/** Held while the disk takes nothing; what comes after is the caller's to count. */
const MOST_WAITING_BYTES = 1 << 20;
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/** Goes on where the last run stopped, and writes down what it found there. Throws `permission_denied`, `invalid_argument`. */
export function openChainFile({ file, chain, maxBytes, keep, started }: ChainFileOptions): ChainFile {
  let fd = openPrivate(file, APPEND);
  const head = openHead(headFile(file));
  const at = resume(file, fd, chain, head.before);
  let { seq, hash, file: number } = at;
  let bytes = fstatSync(fd).size;
  let waiting: string = at.ending;
  /** Of a write that the disk did not take whole. */
  let rest: Buffer | undefined;
  let failure: string | undefined;
  let isTurning = at.isSetAside;

  function append(fields: Fields): number {
    const sealed = seal(chain, hash, { seq: seq + 1, at: new Date().toISOString(), ...fields });
    seq += 1;
    hash = sealed.hash;
    waiting += `${sealed.line}\n`;
    return sealed.line.length + 1;
  }

  function begin(found: Fields): void {
    const oldest = rotatedFiles(file).find((each) => each.number < number)?.number ?? number;
    append({ plugin: "host", event: "opened", file: number, previous: hash, oldest, ...(chain.keyId !== undefined && { key: chain.keyId }), ...found });
  }

  function drain(): void {
    while (rest !== undefined || waiting !== "") {
      if (rest === undefined) {
        rest = Buffer.from(waiting);
        waiting = "";
      }
      while (rest.length > 0) {
        const written = writeSync(fd, rest);
        bytes += written;
        rest = rest.subarray(written);
      }
      rest = undefined;
    }
  }

  /** What is there becomes `file.7`. After a crash in the middle the next start finds out how far it came. */
  function turn(finished: number): void {
    const next = `${file}.next`;
    rmSync(next, { force: true });
    const opened = openPrivate(next, APPEND);
    fsyncSync(fd);
    renameSync(file, `${file}.${finished}`);
    renameSync(next, file);
    closeSync(fd);
    fd = opened;
    bytes = 0;
    isTurning = false;
    for (const each of rotatedFiles(file)) if (each.number <= finished - keep) unlinkSync(each.path);
  }

  function flush(): void {
    try {
      drain();
      if (bytes >= maxBytes && !isTurning) {
        append({ plugin: "host", event: "rotated", next: number + 1 });
        isTurning = true;
        drain();
      }
      if (isTurning) {
        turn(number);
        number += 1;
        begin({});
        drain();
      }
      head.write({ seq, hash });
      if (statSync(file, { throwIfNoEntry: false })?.ino !== fstatSync(fd).ino) throw new Error(`${file} was moved or removed while the host ran`);
      failure = undefined;
    } catch (cause) {
      failure = cause instanceof Error ? cause.message : String(cause);
    }
  }

  if (at.isSetAside) turn(number - 1);
  if (at.isNew) begin(at.found);
  append({ plugin: "host", event: "started", ...started, ...(!at.isNew && at.found) });
  flush();

  return {
    append: (fields) => (failure !== undefined && waiting.length > MOST_WAITING_BYTES ? 0 : append(fields)),
    flush,
    get failure() {
      return failure;
    },
    get waitingBytes() {
      return waiting.length;
    },
    close(last) {
      append({ plugin: "host", event: "closed", ...last });
      flush();
      try {
        fsyncSync(fd);
      } catch {
        // What the disk does not take now it does not take later either.
      }
      closeSync(fd);
      head[Symbol.dispose]();
    },
  };
}
