import type { Fields } from "../audit/chain.js";
import type { Verified } from "../audit/verify.js";
import type { Finding } from "../audit/verify-lines.js";
import type { Colors } from "../terminal.js";
import { numberText } from "./text.js";
import { plainText, renderValue } from "./value.js";

/** A file that was written anew has as many findings as lines. */
const MOST_SHOWN = 50;

export function renderVerified(result: Verified, isKeyed: boolean, colors: Colors): string {
  const { file, files, lines, problems, notes, head, until, isWhole } = result;
  const what = `${numberText(lines, 15)} ${lines === 1 ? "line" : "lines"} in ${files.length} ${files.length === 1 ? "file" : "files"}${until === undefined ? "" : `, until ${plainText(until)}`}`;
  const shown = problems.slice(0, MOST_SHOWN).map((each) => `${colors.red(place(each))} ${plainText(each.what)}`);
  if (problems.length > MOST_SHOWN) shown.push(`and ${problems.length - MOST_SHOWN} more`);
  return [
    ...shown,
    ...notes.slice(0, MOST_SHOWN).map((each) => `${colors.yellow("note")} ${place(each)} ${plainText(each.what)}`),
    isWhole ? `${colors.green("ok")} ${colors.bold(plainText(file))}: ${what}${isKeyed ? ", each authenticated with the key" : ""}` : `${colors.red("FAILED")} ${colors.bold(plainText(file))}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${what}`,
    ...(isWhole && head !== undefined ? [colors.dim(`   head ${head}`)] : []),
  ].join("\n");
}

function place({ file, line }: Finding): string {
  return plainText(line === undefined ? file : `${file}:${line}`);
}

const SHOWN_FIRST: ReadonlySet<string> = new Set(["seq", "at", "plugin", "event", "hash", "previous"]);

/** One line of a log: when, who, what, and the rest as it is. */
export function renderEntry(fields: Fields, colors: Colors): string {
  const rest = Object.entries(fields).filter(([name]) => !SHOWN_FIRST.has(name)).map(([name, value]) => `${colors.dim(`${word(name)}=`)}${word(value)}`);
  const event = word(fields["event"]);
  const paint = event === "denied" || event === "limit" || event === "flood" || event === "lost" ? colors.yellow : event === "crashed" || event === "quarantined" ? colors.red : colors.green;
  return [colors.dim(String(fields["seq"]).padStart(6)), word(fields["at"]), colors.bold(word(fields["plugin"])), paint(event), ...rest].join(" ");
}

/** On one line, whoever wrote the file. */
function word(value: unknown): string {
  return typeof value === "string" && /^[\w.:*#/@-]+$/.test(value) ? value : renderValue(value);
}
