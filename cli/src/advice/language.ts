import { SallyportError } from "@sallyport/bus";
import type { EntryKind } from "@sallyport/kernel";

const JAVASCRIPT: ReadonlySet<string> = new Set(["javascript", "js", "typescript", "ts", "node"]);
const SPELLINGS: Readonly<Record<string, string>> = { js: "javascript", node: "javascript", ts: "typescript", py: "python", rs: "rust", golang: "go", shell: "sh", bash: "sh", "c++": "c++", cpp: "c++" };

export interface Language {
  /** `python`, whatever was typed for it. */
  readonly name: string;
  /** What a plugin in it can be. JavaScript of one's own can also be listed in the program. */
  readonly kinds: readonly EntryKind[];
}

/** Any language will do that can read and write its standard streams. Throws `invalid_argument`. */
export function readLanguage(text: string): Language {
  const typed = text.trim().toLowerCase();
  if (!/^[a-z][a-z0-9+#.-]{0,31}$/.test(typed)) {
    throw new SallyportError("invalid_argument", `--lang ${JSON.stringify(text)} is not the name of a language`, { help: "Name one, such as javascript, typescript, python, rust, go, c or sh." });
  }
  return { name: SPELLINGS[typed] ?? typed, kinds: JAVASCRIPT.has(typed) ? ["listed", "module"] : ["executable"] };
}
