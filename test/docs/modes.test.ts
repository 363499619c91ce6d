import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SUBJECTS } from "@sallyport/bench";
import { COLUMNS } from "@sallyport/gauntlet";
import { allModes } from "sallyport";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

const modes = allModes().map(({ mode }) => mode);
const conformance = readdirSync(`${root}test/conformance`).filter((name) => name.endsWith(".test.ts")).map((name) => ({ name, text: read(`test/conformance/${name}`) }));
/** Two modes may share a folder, whose README begins with both. */
const readmes = readdirSync(`${root}adapters`, { recursive: true, encoding: "utf8" }).filter((name) => /^[\w-]+\/README\.md$/.test(name)).map((name) => ({ name, text: read(`adapters/${name}`) }));
const sameResult = read("test/e2e/same-result.test.ts");

// What is said of one mode is said of all: none is the one that nobody tried.
describe.each(modes)("mode %s", (mode) => {
  it("is in the conformance suite", () => {
    const own = conformance.find(({ name }) => name === `${mode}.test.ts`) ?? conformance.find(({ text }) => text.includes(`mode: "${mode}"`));
    expect(own?.text).toContain("conformanceSuite(");
  });

  it("has a page that says what it is for, what it stops, what it costs, and its traps", () => {
    const page = readmes.find(({ name }) => name === `${mode}/README.md`) ?? readmes.find(({ text }) => text.slice(0, 1000).includes(`\`${mode}\``));
    expect(page, `adapters/${mode}/README.md`).toBeDefined();
    for (const heading of ["What it is for", "What it stops", "What it costs", "Traps"]) expect(page?.text, `## ${heading}`).toContain(`\n## ${heading}\n`);
  });

  it("is attacked", () => expect(COLUMNS.filter((column) => column.mode === mode)).not.toEqual([]));

  // Of mode stdio there is a row for each language.
  it("is measured", () => expect(SUBJECTS.filter(({ name, baseline }) => !baseline && (name === mode || mode === "stdio"))).not.toEqual([]));

  it("gives the same answers", () => expect(sameResult).toMatch(new RegExp(`["\`](?:[^"\`]*, )?${mode}["\`]`)));
});
