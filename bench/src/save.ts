import { readFile, writeFile } from "node:fs/promises";
import { SAVED } from "./check.js";
import { resultsSection, shortSection } from "./report/markdown.js";
import type { Results } from "./results.js";

/** Writes bench/results.json and the marked parts of the READMEs. */
export async function save(results: Results): Promise<void> {
  await writeFile(SAVED, `${JSON.stringify(results, undefined, 1)}\n`);
  await fill(new URL("../README.md", import.meta.url), resultsSection(results));
  await fill(new URL("../../README.md", import.meta.url), shortSection(results));
}

async function fill(file: URL, section: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const marked = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/;
  if (!marked.test(text)) throw new Error(`${file.pathname} has no <!-- bench:begin --> and <!-- bench:end --> to write between`);
  await writeFile(file, text.replace(marked, (_all, begin: string, end: string) => `${begin}${section}\n${end}`));
}
