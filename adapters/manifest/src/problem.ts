import { SallyportError } from "@sallyport/bus";

/** One thing wrong in a JSON file. */
export interface Problem {
  /** JSON pointer of the value, `/limits/memoryMb`. */
  readonly pointer: string;
  /** It is about the property's name, not its value. */
  readonly key?: boolean;
  readonly expected: string;
  readonly got: string;
}

/** A problem with its place. */
export interface PlacedProblem extends Problem {
  readonly line: number;
  readonly column: number;
}

const MAX_LISTED = 20;

/** All problems of a file as one `invalid_argument`: a line each, `file:line:column: expected ..., got ...`. */
export function problemsError(file: string, problems: readonly PlacedProblem[]): SallyportError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.slice(0, MAX_LISTED).map((p) => `${file}:${p.line}:${p.column}: ${field(p.pointer)}expected ${p.expected}, got ${p.got}`);
  if (sorted.length > MAX_LISTED) lines.push(`${file}: and ${sorted.length - MAX_LISTED} more`);
  const first = sorted.find((p) => p.pointer !== "");
  return new SallyportError("invalid_argument", lines.join("\n"), {
    help: "Correct the file at the place that the message names and try again.",
    ...(first !== undefined && { path: dotted(first.pointer) }),
    data: { file, problems: sorted.slice(0, MAX_LISTED).map(({ pointer, line, column, expected, got }) => ({ pointer, line, column, expected, got })) },
  });
}

function field(pointer: string): string {
  return pointer === "" ? "" : `${dotted(pointer)}: `;
}

function dotted(pointer: string): string {
  return pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")).join(".");
}
