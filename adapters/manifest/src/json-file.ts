import { SallyportError } from "@sallyport/bus";
import { readText, stat } from "./files.js";
import { assertOwnFile } from "./ownership.js";
import { parseJson } from "./parse.js";
import { offsetOf, positionAt, type Position } from "./position.js";
import { problemsError, type Problem } from "./problem.js";
import type { Validate } from "./validate.js";

const MAX_FILE_BYTES = 1 << 20;
/** Each place costs a pass over the file, and a hostile one can be wrong in a hundred thousand places. */
const MAX_PLACED = 100;

/** A JSON file that was read, with the places of its values. */
export interface JsonFile<T = unknown> {
  readonly file: string;
  readonly value: T;
  /** Place of what a JSON pointer names (`/plugins/fx/path`), or of its nearest ancestor that exists. */
  position(pointer: string): Position;
  /** An `invalid_argument` that names the places of `problems` in this file. */
  error(...problems: readonly Problem[]): SallyportError;
}

export interface ReadJsonOptions {
  /** Checks the value; `compileSchema` makes one from a JSON Schema. The caller vouches that it establishes `T`. */
  readonly validate?: Validate;
  readonly signal?: AbortSignal;
}

/**
 * Reads strict JSON: no comments, no duplicate keys, at most 1 MiB, and no file that another user could write.
 * Throws `not_found`; `permission_denied` with the command that mends it; `invalid_argument` that lists every
 * problem as `file:line:column: expected ..., got ...`.
 */
export async function readJsonFile<T = unknown>(file: string, options: ReadJsonOptions = {}): Promise<JsonFile<T>> {
  const text = await textOf(file, options.signal);
  const { root, value } = parseJson(file, text);
  const read: JsonFile<T> = {
    file,
    value: value as T,
    position: (pointer) => positionAt(text, offsetOf(root, pointer)),
    error: (...problems) => problemsError(file, problems.slice(0, MAX_PLACED).map((p) => ({ ...p, ...positionAt(text, offsetOf(root, p.pointer, p.key)) }))),
  };
  const problems = options.validate?.(value) ?? [];
  if (problems.length > 0) throw read.error(...problems);
  return read;
}

async function textOf(file: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const facts = await stat(file);
    const { size } = facts;
    // A pipe or a device has no end, and opening one can hold a thread for ever.
    if (!facts.isFile() && !facts.isDirectory()) throw new SallyportError("invalid_argument", `${file} is not a file`, { path: file });
    if (size > MAX_FILE_BYTES) throw new SallyportError("invalid_argument", `${file} has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    await assertOwnFile(file);
    signal?.throwIfAborted();
    const text = await readText(file);
    // Some editors begin a file with a byte order mark; JSON.parse takes it for a symbol.
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch (cause) {
    throw readFailure(file, cause);
  }
}

function readFailure(file: string, cause: unknown): unknown {
  switch ((cause as { code?: string }).code) {
    case "ENOENT":
    case "ENOTDIR":
      return new SallyportError("not_found", `${file} does not exist`, { help: "Check the path; relative paths start from the folder of the file that names them.", path: file });
    case "EISDIR":
      return new SallyportError("invalid_argument", `${file} is a folder, not a JSON file`, { path: file });
    case "EACCES":
      return new SallyportError("permission_denied", `${file} cannot be read by this user`, { help: `Run: chmod u+r ${file}`, path: file });
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return new SallyportError("resource_exhausted", `${file} cannot be read: this process or machine has no descriptor or memory left`, { help: "Raise the limit (ulimit -n), or load fewer plugins.", path: file, cause, retryable: true });
    default:
      return cause;
  }
}
