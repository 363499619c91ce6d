import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}SECURITY.md`, "utf8");

function section(title: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(title)) ?? "";
}

/** Tests that a claim names: `test/x`, `test/x/y.test.ts`, and after one of those `z.test.ts` of the same folder. */
function testsOf(claim: string): string[] {
  let folder = "";
  return [...claim.matchAll(/`((?:test\/)?[\w./-]+)`/g)].flatMap(([, name = ""]) => {
    if (name.startsWith("test/")) folder = name.replace(/\/[^/]+\.test\.ts$/, "");
    else if (!name.endsWith(".test.ts")) return [];
    return [name.startsWith("test/") ? name : `${folder}/${name}`];
  });
}

const rows = section("Who attacks").split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| attacker")).map((line) => ({ claim: line.split("|")[1]?.trim() ?? "", text: line }));
const rules = section("Rules that hold").split("\n").filter((line) => line.startsWith("- **")).map((line) => ({ claim: /\*\*(.+?)\*\*/.exec(line)?.[1] ?? "", text: line }));

describe("what SECURITY.md promises", () => {
  it.each([...rows, ...rules])("$claim: names a test that exists, or says that it is only stated", ({ text }) => {
    const tests = testsOf(text);
    if (!/\| stated/.test(text)) expect(tests).not.toEqual([]);
    for (const test of tests) expect(existsSync(root + test), test).toBe(true);
  });

  it("has attackers and rules to look at", () => {
    expect(Math.min(rows.length, rules.length)).toBeGreaterThan(9);
  });
});
