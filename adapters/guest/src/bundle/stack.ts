import { SourceMap, type SourceMapPayload } from "node:module";
import type { ErrorObject } from "@sallyport/bus";

/** The name that a bundle has in a guest's stacks. */
export const BUNDLE_NAME = "sallyport-plugin.js";

const FRAME = /^\s*at (?:(.*?) \()?sallyport-plugin\.js:(\d+):(\d+)\)?$/;
/** A guest writes its own stacks: bounds on what is looked at. */
const MAX_LINES = 50;
const MAX_CHARS = 16_384;

export interface StackMapper {
  /** The error with positions of the author's files: `at` is the first, `stack` has them all and no other frame. */
  mapError(error: ErrorObject): ErrorObject;
  /** One position of the bundle (1-based line, 0-based column) as `src/index.ts:12:9`. */
  position(line: number, column: number): string | undefined;
}

/** `map` is JSON with sources relative to the plugin's folder; it is parsed when the first error comes. */
export function createStackMapper(map: string): StackMapper {
  let parsed: SourceMap | undefined;

  function position(line: number, column: number): string | undefined {
    parsed ??= new SourceMap(JSON.parse(map) as SourceMapPayload);
    const found = parsed.findEntry(line - 1, column);
    if (!("originalSource" in found)) return undefined;
    const file = authorFile(found.originalSource);
    return file === undefined ? undefined : `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  }

  function mapError(error: ErrorObject): ErrorObject {
    const { stack, at: _claimed, cause, ...rest } = error;
    const frames: string[] = [];
    let at: string | undefined;
    for (const line of (stack ?? "").slice(0, MAX_CHARS).split("\n").slice(0, MAX_LINES)) {
      const match = FRAME.exec(line);
      if (match === null) continue;
      const where = position(Number(match[2]), Number(match[3]) - 1);
      if (where === undefined) continue;
      if (!where.startsWith("node_modules/")) at ??= where;
      frames.push(match[1] ? `    at ${match[1]} (${where})` : `    at ${where}`);
    }
    return {
      ...rest,
      ...(at !== undefined && { at }),
      ...(frames.length > 0 && { stack: [`${error.code}: ${error.msg}`, ...frames].join("\n") }),
      ...(cause && { cause: mapError(cause) }),
    };
  }
  return { mapError, position };
}

/** A source of the map as the author knows it; nothing that tells where on the machine it lies. */
function authorFile(source: string): string | undefined {
  const installed = source.lastIndexOf("node_modules/");
  if (installed !== -1) return source.slice(installed);
  return source.startsWith("..") || source.startsWith("/") || /^[a-z]+:/i.test(source) ? undefined : source;
}
