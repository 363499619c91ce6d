import { existsSync, readFileSync, statSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { createChain, readLine } from "./chain.js";
import { readHead, type Head } from "./head.js";
import { linesOf, type RawLine } from "./lines.js";
import { headFile, rotatedFiles } from "./names.js";
import { createWalk, type Finding } from "./verify-lines.js";

/** What was found in one log: a file and those that were set aside before it. */
export interface Verified {
  readonly file: string;
  readonly files: readonly string[];
  readonly lines: number;
  readonly isWhole: boolean;
  /** Keep it elsewhere: it shows later that nothing up to here was removed. */
  readonly head: string | undefined;
  readonly until: string | undefined;
  readonly problems: readonly Finding[];
  readonly notes: readonly Finding[];
}

export interface VerifyOptions {
  /** The bytes of the key file, where lines are authenticated. */
  readonly key?: Uint8Array | undefined;
  /** A line that must be there, as an earlier `head` said. */
  readonly head?: Head | undefined;
}

/** Reads a log, with the files set aside before it, and checks each line against all before. Throws `not_found`. */
export async function verifyAudit(file: string, { key, head: remembered }: VerifyOptions = {}): Promise<Verified> {
  const chain = createChain(key);
  // Before the lines: a host that writes meanwhile only adds to them.
  const { head, notes, problems } = ownHead(file);
  const isSetAside = /\.[1-9]\d*$/.test(file) && !existsSync(headFile(file));
  const before = isSetAside ? [] : rotatedFiles(file);
  const exists = existsSync(file) && statSync(file).isFile();
  if (!exists && before.length === 0) throw new SallyportError("not_found", `there is no audit ${file}`, { path: file, help: "Name the file that `audit.file` of the config names." });
  const files = [...before.map((each) => each.path), ...(exists ? [file] : [])];
  if (!exists) problems.push({ file, what: "is missing, though earlier files are there" });
  const walk = createWalk({ chain, heads: [head, remembered].filter((each) => each !== undefined) });
  let opened: RawLine | undefined;
  let isJudged = true;
  for (const path of files) {
    const read = await walkFile(walk, path, path === files.at(-1));
    opened = read.first ?? opened;
    isJudged = read.isJudged;
  }
  const oldest = opened && readLine(opened.bytes)?.fields["oldest"];
  const first = before[0];
  if (typeof oldest === "number" && !isSetAside && (first === undefined ? exists && oldest < (newestNumber(opened) ?? 0) : first.number > oldest)) problems.push({ file, what: `${file}.${oldest}, which was there when the newest file was begun, is missing` });
  if (first !== undefined && first.number > 1 && problems.length === 0) notes.push({ file: first.path, what: `is the oldest that is left: ${first.number - 1} before it were rotated away` });
  for (const [name, each] of [["its head", head], ["--head", remembered]] as const) {
    if (isJudged && each !== undefined && each.seq > (walk.last?.seq ?? 0)) problems.push({ file: files.at(-1) ?? file, what: `lines are missing from the end: line ${each.seq} was written (${name}), the last one here is ${walk.last?.seq ?? 0}` });
  }
  const all = [...problems, ...walk.problems];
  return {
    file, files, lines: walk.lines, isWhole: all.length === 0,
    head: walk.last && `${walk.last.seq}:${walk.last.hash}`, until: walk.last?.at,
    problems: all, notes: [...notes, ...walk.notes],
  };
}

async function walkFile(walk: ReturnType<typeof createWalk>, path: string, isNewest: boolean): Promise<{ readonly first: RawLine | undefined; readonly isJudged: boolean }> {
  let first: RawLine | undefined;
  for await (const raw of linesOf(path)) {
    if (first === undefined && !walk.open(path, (first = raw))) return { first, isJudged: false };
    walk.line(raw);
  }
  walk.end(isNewest);
  return { first, isJudged: true };
}

function newestNumber(opened: RawLine | undefined): number | undefined {
  const number = opened && readLine(opened.bytes)?.fields["file"];
  return typeof number === "number" ? number : undefined;
}

function ownHead(file: string): { readonly head: Head | undefined; readonly notes: Finding[]; readonly problems: Finding[] } {
  const path = headFile(file);
  if (!existsSync(path)) return { head: undefined, notes: [{ file, what: `has no ${path} beside it: whether lines were removed from the end cannot be told` }], problems: [] };
  const head = readHead(readFileSync(path, "utf8"));
  return head === undefined ? { head, notes: [], problems: [{ file: path, what: "cannot be read as the head of a log" }] } : { head, notes: [], problems: [] };
}
