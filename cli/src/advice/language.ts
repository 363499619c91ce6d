import { SallyportError } from "@sallyport/bus";
import type { EntryKind } from "@sallyport/kernel";

/** No library: a program has the same walls, and costs less. Whoever has a library already need not choose. */
const COMPILED: readonly EntryKind[] = ["executable", "wasm"];
/** What a plugin in a language can be, the most usual first; any other language makes programs. JavaScript of one's own can also be listed in the program. */
const KINDS: Readonly<Record<string, readonly EntryKind[]>> = {
  javascript: ["module", "listed"],
  typescript: ["module", "listed"],
  c: COMPILED, "c++": COMPILED, rust: COMPILED, zig: COMPILED, go: COMPILED,
  assemblyscript: ["wasm"], wat: ["wasm"],
  lua: ["lua", "executable"],
};
const SPELLINGS: Readonly<Record<string, string>> = { js: "javascript", node: "javascript", ts: "typescript", py: "python", rs: "rust", as: "assemblyscript", golang: "go", shell: "sh", bash: "sh", "c++": "c++", cpp: "c++" };

export interface Language {
  /** `python`, whatever was typed for it. */
  readonly name: string;
  /** What a plugin in it can be. */
  readonly kinds: readonly EntryKind[];
}

/** Any language will do that can read and write its standard streams. Throws `invalid_argument`. */
export function readLanguage(text: string): Language {
  const typed = text.trim().toLowerCase();
  if (!/^[a-z][a-z0-9+#.-]{0,31}$/.test(typed)) {
    throw new SallyportError("invalid_argument", `--lang ${JSON.stringify(text)} is not the name of a language`, { help: "Name one, such as javascript, typescript, python, rust, go, c or sh." });
  }
  const name = Object.hasOwn(SPELLINGS, typed) ? (SPELLINGS[typed] as string) : typed;
  return { name, kinds: Object.hasOwn(KINDS, name) ? (KINDS[name] as readonly EntryKind[]) : ["executable"] };
}
