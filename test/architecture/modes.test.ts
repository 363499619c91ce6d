import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sallyport } from "../cli/sallyport.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Words of the language and of the system: they name the mode where they are quoted or stand beside the word. */
const WORDS: ReadonlySet<string> = new Set(["process"]);

async function modes(): Promise<readonly string[]> {
  const { stdout } = await sallyport(["doctor", "--json"]);
  return (JSON.parse(stdout) as { readonly modes: readonly { readonly mode: string }[] }).modes.map(({ mode }) => mode);
}

function naming(mode: string): RegExp {
  const name = mode.replaceAll("-", "\\-");
  return WORDS.has(mode) ? new RegExp(`["'\`]${name}["'\`]|\\bmode ${name}\\b|\\b${name} mode\\b`, "i") : new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "i");
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts")).map((file) => join(folder, file));
}

/** Lines that name a mode, with their places. */
function named(files: readonly string[], patterns: readonly RegExp[]): readonly string[] {
  return files.flatMap((file) => readFileSync(file, "utf8").split("\n").flatMap((line, i) => (patterns.some((pattern) => pattern.test(line)) ? [`${relative(ROOT, file)}:${i + 1}: ${line.trim()}`] : [])));
}

// The pages beside them are for people, and show the modes that there are.
it("no source of kernel and bus names a mode, comments included", async () => {
  const all = await modes();
  expect(all).toEqual(expect.arrayContaining(["inline", "process", "stdio", "worker"]));
  const files = ["kernel", "bus"].flatMap((each) => [join(ROOT, each, "package.json"), ...sources(join(ROOT, each, "src"))]);
  expect(files.length).toBeGreaterThan(80);
  expect(named(files, all.map(naming))).toEqual([]);
});

it("and what is planted is found", () => {
  const patterns = ["worker", "process", "go-plugin"].map(naming);
  const hits = (line: string): boolean => patterns.some((pattern) => pattern.test(line));
  expect(["// as in the worker", 'if (mode === "process") return;', "/** In mode process alone. */", "Like go-plugin."].map(hits)).toEqual([true, true, true, true]);
  expect(['import process from "node:process";', "several processes", "a process of its own", "workers of a pool"].map(hits)).toEqual([false, false, false, false]);
});
