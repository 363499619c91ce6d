import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { SallyportError } from "@sallyport/bus";

export type Format = "ofx" | "csv" | "camt";

/** A statement file's text. The parser is handed this, never the path. */
export interface Statement {
  readonly name: string;
  readonly format: Format;
  readonly text: string;
}

/** Throws `not_found` for a file that cannot be read, `invalid_argument` for one that is no statement. */
export async function readStatement(path: string): Promise<Statement> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new SallyportError("not_found", `cannot read the statement ${path}: ${cause.code ?? cause.message}`, { help: "Check the path.", cause });
  });
  const text = decode(bytes);
  return { name: basename(path), format: sniff(text, path), text };
}

/** UTF-8 (with or without a byte order mark), UTF-16 with one, else what Western European banks use. */
export function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Not TextDecoder's windows-1252: several Node versions decode it as ISO 8859-1, without the euro sign.
    return Buffer.from(bytes).toString("latin1").replace(/[\x80-\x9f]/g, (mark) => WINDOWS_1252[mark.charCodeAt(0) - 0x80] ?? mark);
  }
}

/** Characters 0x80 to 0x9f; the five that are not assigned stay control characters. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** By content: names lie. */
export function sniff(text: string, path: string): Format {
  const start = text.slice(0, 4096);
  if (/OFXHEADER|<OFX>/i.test(start)) return "ofx";
  if (/<(\w+:)?Document\b/.test(start) && /camt\.05[234]/.test(start)) return "camt";
  if (!start.trimStart().startsWith("<") && start.split("\n").some((line) => line.split(/[;,\t]/).length > 3)) return "csv";
  throw new SallyportError("invalid_argument", `${path} is no statement that this example reads`, { help: "Give an OFX or QFX file, a CSV export with its column titles, or a camt.053 XML file." });
}

/** Pieces well below the frame limit, whatever the characters. */
export function* pieces(text: string, characters = 64 << 10): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + characters, text.length);
    // A surrogate pair stays together: half a character is no text.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++;
    yield text.slice(at, end);
    at = end;
  }
}
