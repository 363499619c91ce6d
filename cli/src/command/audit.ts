import { dirname, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import { readKey } from "../audit/key.js";
import { crossingsFile } from "../audit/names.js";
import type { Head } from "../audit/head.js";
import { showLines, type ShowFilter } from "../audit/show.js";
import { verifyAudit, type Verified } from "../audit/verify.js";
import { readConfig } from "../config/read.js";
import { findConfig, namedConfig } from "../config/find.js";
import type { CommonOptions } from "../options.js";
import { renderEntry, renderVerified } from "../render/audit.js";
import { renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import type { Terminal } from "../terminal.js";

export interface VerifyCommandOptions extends CommonOptions {
  readonly key?: string;
  readonly head?: Head;
}

export interface ShowCommandOptions extends CommonOptions, ShowFilter {
  readonly last?: number;
}

/** `sallyport audit verify`: whether each line is the one that was written. */
export async function verifyCommand(named: readonly string[], options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const { files, keyFile } = await targets(named, options);
  const keyed = options.key ?? keyFile;
  const key = keyed === undefined ? undefined : readKey(resolve(keyed));
  if (options.head !== undefined && files.length > 1) throw new SallyportError("invalid_argument", "--head goes with one log", { help: "Name its FILE." });
  const results: Verified[] = [];
  for (const file of files) results.push(await verifyAudit(file, { key, head: options.head }));
  const isWhole = results.every((each) => each.isWhole);
  if (options.json === true) terminal.out(renderValue({ ok: isWhole, logs: results }));
  else for (const each of results) terminal.out(renderVerified(each, key !== undefined, terminal.outColors));
  return isWhole ? EXIT.OK : EXIT.FAILED;
}

/** `sallyport audit show`: the lines, for a person or (`--json`) as they are. */
export async function showCommand(named: readonly string[], options: ShowCommandOptions, terminal: Terminal): Promise<number> {
  const { files } = await targets(named, options);
  for (const file of files) {
    for await (const fields of showLines(file, options, options.last)) terminal.out(options.json === true ? renderValue(fields) : renderEntry(fields, terminal.outColors));
  }
  return EXIT.OK;
}

/** What was named, without what only belongs to it: `audit.jsonl*` of a shell names heads and locks too. */
async function targets(named: readonly string[], options: CommonOptions): Promise<{ readonly files: readonly string[]; readonly keyFile?: string }> {
  if (named.length > 0) {
    const isPart = (file: string): boolean => named.some((other) => file.startsWith(`${other}.`) && /^(?:head|lock|next|[1-9]\d*)$/.test(file.slice(other.length + 1)));
    return { files: named.filter((file) => !isPart(file)) };
  }
  const folder = process.cwd();
  const config = await readConfig(options.config === undefined ? await findConfig(folder) : await namedConfig(options.config, folder));
  const { audit } = config;
  if (audit === undefined) throw new SallyportError("not_found", `${config.file ?? dirname(folder)} names no audit`, { help: `Name a FILE, or write "audit": { "file": "audit.jsonl" } into the config.` });
  const files = [audit.file, ...(audit.crossings === undefined || audit.crossings === "denied" ? [] : [crossingsFile(audit.file)])];
  return { files, ...(audit.keyFile !== undefined && { keyFile: audit.keyFile }) };
}
