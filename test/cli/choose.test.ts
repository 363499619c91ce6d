import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { folder, sallyportHere as sallyport } from "./sallyport.js";

interface Advice {
  readonly mode: string;
  readonly why: readonly string[];
  readonly cautions: readonly string[];
  readonly others: readonly { readonly mode: string; readonly needs?: string; readonly remark: string }[];
}

const FIGURES = {
  format: 1,
  made: "by hand, for a test",
  rows: [
    { mode: "process", payloadBytes: 100, widths: [{ inFlight: 1, callsPerSecond: 10_000, p50Us: 90, p99Us: 300 }, { inFlight: 64, callsPerSecond: 50_000 }] },
    { mode: "process", payloadBytes: 1_000_000, widths: [{ inFlight: 1, callsPerSecond: 100, p50Us: 9000, p99Us: 12_000 }] },
    { mode: "worker", payloadBytes: 100, widths: [{ inFlight: 1, callsPerSecond: 40_000, p50Us: 20, p99Us: 60 }, { inFlight: 64, callsPerSecond: 200_000 }] },
    { mode: "stdio", lang: "python", payloadBytes: 100, widths: [{ inFlight: 1, callsPerSecond: 30_000, p50Us: 30, p99Us: 70 }] },
  ],
};

async function choose(...args: readonly string[]): Promise<Advice> {
  const ran = await sallyport(["choose", "--json", ...args]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Advice;
}

test.each([
  [[], "process"],
  [["--reviewed"], "worker"],
  [["--trusted"], "inline"],
  [["--reviewed", "--lang", "TypeScript"], "worker"],
  [["--untrusted", "--lang", "python"], "stdio"],
  [["--untrusted", "--lang", "rust"], "stdio"],
  [["--trusted", "--lang", "rust"], "stdio"],
])("choose %j names mode %s", async (args, mode) => {
  expect((await choose(...args)).mode).toBe(mode);
});

test("for a person: the reasons, and that a native program is not contained without a sandbox, in 80 columns", async () => {
  const ran = await sallyport(["choose", "--untrusted", "--lang", "py"]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  const text = ran.stdout.replace(/\s+/g, " ");
  expect(text).toMatch(/^stdio why It is the one mode that runs a plugin in python/);
  expect(text).toContain("Without a system sandbox stdio is not a security boundary");
  expect(text).toContain("bubblewrap");
  expect(text).toMatch(/ speed /);
  expect(Math.max(...ran.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a mode that asks for more trust is named with what it asks for", async () => {
  const { others } = await choose();
  expect(others.map(({ mode, needs }) => [mode, needs])).toEqual([["worker", "reviewed"], ["inline", "trusted"]]);
});

describe("with figures", () => {
  test("a wish for latency is answered and never buys a weaker boundary", async () => {
    const file = join(await folder({ "figures.json": FIGURES }), "figures.json");
    const met = await choose("--figures", file, "--latency", "0.5");
    expect(met.mode).toBe("process");
    expect(met.why.join(" ")).toContain("99 of 100 calls took at most 0.3 ms, one in flight: within 0.5 ms.");
    const missed = await choose("--figures", file, "--latency", "0.1");
    expect(missed.mode).toBe("process");
    expect(missed.cautions.join(" ")).toContain("more than the 0.1 ms");
    expect(missed.others[0]?.remark).toContain("4 x its calls a second with 64 in flight");
  });

  test("those of the nearest payload count, and of the language", async () => {
    const file = join(await folder({ "figures.json": FIGURES }), "figures.json");
    expect((await choose("--figures", file, "--latency", "5", "--payload-bytes", "900000")).cautions.join(" ")).toContain("12 ms");
    expect((await choose("--figures", file, "--latency", "5", "--lang", "python")).why.join(" ")).toContain("0.07 ms");
    expect((await choose("--figures", file, "--latency", "5", "--lang", "perl")).cautions.join(" ")).toContain("not known");
    const shown = await sallyport(["choose", "--figures", file]);
    expect(shown.stdout).toContain("by hand, for a test");
    expect(shown.stdout).toMatch(/process +1 +10,000 +- +90 µs +300 µs/);
  });

  test("the benchmark's results become such figures", async () => {
    const file = join(await folder({}), "figures.json");
    const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
    await promisify(execFile)(process.execPath, [path("scripts/figures.mjs"), path("test/bench/example-results.json"), file]);
    const { why } = await choose("--reviewed", "--figures", file, "--latency", "1");
    expect(why.join(" ")).toContain("at most 0.033 ms");
    expect((await sallyport(["choose", "--reviewed", "--figures", file])).stdout).toMatch(/worker +1 +135,000 .* 4\.1 ms +8\.1 MiB\n +64 +500,000/);
  });
});

test("large payloads: what has to be raised, and what no frame carries", async () => {
  expect((await choose("--payload-bytes", "2000000")).cautions.join(" ")).toContain("limits.frameBytes");
  expect((await choose("--payload-bytes", "99000000")).cautions.join(" ")).toContain("send it as a stream");
  expect((await choose("--payload-bytes", "99000000", "--trusted")).cautions.join(" ")).not.toContain("frame");
});

test.each([
  [["--untrusted", "--trusted"], "cannot be used with option"],
  [["--latency", "soon"], "Expected milliseconds"],
  [["--latency", "0"], "Expected milliseconds"],
  [["--payload-bytes", "1e3"], "Expected a number of bytes"],
  [["--lang", "no such language!"], "is not the name of a language"],
  [["--figures", "nowhere.json"], "does not exist"],
])("wrong usage choose %j exits 2 and says so", async (args, text) => {
  const ran = await sallyport(["choose", ...args]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(text);
});

test("broken figures are refused with the place", async () => {
  const file = join(await folder({ "figures.json": `{ "format": 1, "made": "x",\n  "rows": [{ "mode": "worker" }] }` }), "figures.json");
  const ran = await sallyport(["choose", "--figures", file]);
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/figures\.json:2:\d+: rows\.0/);
});
