import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CODES, isPluginCode, readErrorObject, type Code } from "@sallyport/bus";

const page = readFileSync(new URL("../../bus/ERRORS.md", import.meta.url), "utf8");
const sections = page.split(/^### /m).slice(1).map((text) => ({ code: text.slice(0, text.indexOf("\n")), text }));

test("the page has a heading for every code, in the order of the table, and no other", () => {
  expect(sections.map((section) => section.code)).toEqual(Object.keys(CODES));
});

describe.each(sections)("$code", ({ code, text }) => {
  test("says whether it is retryable and host only, with cause and remedy", () => {
    const { retryable, hostOnly } = CODES[code as Code];
    expect(text).toContain(`- Retryable: ${retryable ? "yes" : "no"}. Host only: ${hostOnly ? "yes" : "no"}.`);
    expect(text).toMatch(/^- Usual cause: .{20,}$/m);
    expect(text).toMatch(/^- Remedy: .{20,}$/m);
  });

  test("has an example that is an error object", () => {
    const example = JSON.parse(/```json\n(.*)\n```/.exec(text)?.[1] ?? "") as { code: string; msg: string };
    expect(example.code).toBe(code);
    expect(readErrorObject(example, { trusted: true })).toMatchObject({ code, msg: example.msg });
  });
});

test("no code could be taken for a plugin's own", () => {
  for (const code of Object.keys(CODES)) expect(isPluginCode(code)).toBe(false);
});
