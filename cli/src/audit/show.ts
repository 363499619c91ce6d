import { existsSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { readLine, type Fields } from "./chain.js";
import { linesOf } from "./lines.js";
import { rotatedFiles } from "./names.js";

export interface ShowFilter {
  readonly plugin?: string;
  readonly event?: string;
}

/** The lines that fit, the oldest first; whether they are genuine is `verifyAudit`'s to say. `last`: only so many. Throws `not_found`. */
export async function* showLines(file: string, { plugin, event }: ShowFilter, last?: number): AsyncGenerator<Fields, void, void> {
  const files = [...rotatedFiles(file).map((each) => each.path), ...(existsSync(file) ? [file] : [])];
  if (files.length === 0) throw new SallyportError("not_found", `there is no audit ${file}`, { path: file, help: "Name the file that `audit.file` of the config names." });
  const kept: Fields[] = [];
  for (const path of files) {
    for await (const { bytes } of linesOf(path)) {
      const fields = readLine(bytes)?.fields;
      if (fields === undefined || (plugin !== undefined && fields["plugin"] !== plugin) || (event !== undefined && fields["event"] !== event)) continue;
      if (last === undefined) yield fields;
      else if (kept.push(fields) > last) kept.shift();
    }
  }
  yield* kept;
}
