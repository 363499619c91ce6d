import { parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { excerpt } from "@sallyport/bus";
import { pointerPart, positionAt } from "./position.js";
import { problemsError, type PlacedProblem } from "./problem.js";

/** Deeper files are refused: the parser underneath is recursive. */
const MAX_DEPTH = 64;
/** Finding a place costs a pass over the file. */
const MAX_PROBLEMS = 100;

/**
 * Strict JSON with positions. Beyond the grammar it refuses what two readers could understand differently:
 * duplicate keys, and keys named `__proto__`. Throws `invalid_argument`.
 */
export function parseJson(file: string, text: string): { readonly root: Node; readonly value: unknown } {
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    throw problemsError(file, [{ pointer: "", expected: `nesting of at most ${MAX_DEPTH} levels`, got: "more", ...positionAt(text, deep) }]);
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  const first = errors[0];
  // Later errors are mostly echoes of the first.
  if (first !== undefined || root === undefined) throw problemsError(file, [syntaxProblem(text, first)]);
  const problems: PlacedProblem[] = [];
  for (const problem of keyProblems(text, root)) if (problems.push(problem) === MAX_PROBLEMS) break;
  if (problems.length > 0) throw problemsError(file, problems);
  return { root, value: JSON.parse(text) };
}

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: "a JSON value",
  InvalidNumberFormat: "a JSON number",
  PropertyNameExpected: "a property name in double quotes",
  ValueExpected: "a value",
  ColonExpected: "':'",
  CommaExpected: "','",
  CloseBraceExpected: "'}'",
  CloseBracketExpected: "']'",
  EndOfFileExpected: "the end of the file",
  InvalidCommentToken: "JSON without comments",
  UnexpectedEndOfComment: "JSON without comments",
  UnexpectedEndOfString: "a closing double quote",
  UnexpectedEndOfNumber: "a complete number",
  InvalidUnicode: "four hexadecimal digits after \\u",
  InvalidEscapeCharacter: "a JSON escape such as \\n or \\\\",
  InvalidCharacter: "an escaped control character such as \\t",
};

function syntaxProblem(text: string, error: ParseError | undefined): PlacedProblem {
  const offset = Math.min(error?.offset ?? 0, text.length);
  const name = error === undefined ? "ValueExpected" : printParseErrorCode(error.error);
  const rest = text.slice(offset, offset + Math.max(1, Math.min(error?.length ?? 1, 20)));
  return {
    pointer: "",
    expected: EXPECTED[name] ?? "valid JSON",
    got: rest === "" ? "the end of the file" : excerpt(rest),
    ...positionAt(text, offset),
  };
}

function* keyProblems(text: string, root: Node): Generator<PlacedProblem> {
  const todo: { node: Node; pointer: string }[] = [{ node: root, pointer: "" }];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const children = at.node.children ?? [];
    if (at.node.type === "array") children.forEach((node, i) => todo.push({ node, pointer: at!.pointer + pointerPart(i) }));
    if (at.node.type !== "object") continue;
    const seen = new Map<string, Node>();
    for (const property of children) {
      const [key, value] = property.children ?? [];
      if (key === undefined) continue;
      const name = String(key.value);
      const pointer = at.pointer + pointerPart(name);
      const earlier = seen.get(name);
      if (earlier !== undefined) yield { pointer, expected: "each key once", got: `${excerpt(name)} again, first in line ${positionAt(text, earlier.offset).line}`, ...positionAt(text, key.offset) };
      if (name === "__proto__") yield { pointer, expected: "any other key", got: excerpt(name), ...positionAt(text, key.offset) };
      seen.set(name, key);
      if (value !== undefined) todo.push({ node: value, pointer });
    }
  }
}

function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"' || c === "\n") quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "{" || c === "[") {
      if (++depth > MAX_DEPTH) return i;
    } else if (c === "}" || c === "]") depth--;
  }
  return undefined;
}
