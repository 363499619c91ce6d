import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTreasury, type Outcome } from "@sallyport/treasury";

const main = fileURLToPath(new URL("../../plugins/treasury/dist/main.js", import.meta.url));
const MINUTES = { timeout: 180_000 };
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "treasury-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended { code: number; stdout: string; stderr: string }

async function run(...args: string[]): Promise<Ended> {
  return promisify(execFile)(process.execPath, [main, ...args], { cwd: folder, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

const categories = (outcome: Pick<Outcome, "totals">): number => outcome.totals.reduce((sum, { cents }) => sum + cents, 0);

describe("npm start", () => {
  it("with plugins killed in the middle counts what a quiet run on Node and sh alone counts", MINUTES, async () => {
    const ended = await run("--chaos", "--json", "--report", "chaos.txt");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const chaos = JSON.parse(ended.stdout) as Outcome;
    expect(chaos.balance).toMatchObject({ read: 2526, posted: 2526, lost: 0, twice: 0, killed: [expect.stringMatching(/^parse \(pid \d+\)/), expect.stringMatching(/^categorise \(pid \d+\)/)] });
    expect(chaos.balance.again).toBeGreaterThanOrEqual(400);
    expect(chaos.costs.filter(({ restarts }) => restarts > 0).map(({ plugin }) => plugin).sort()).toEqual(["categorise", "parse"]);

    const quiet = await runTreasury({ files: [], base: "EUR", report: join(folder, "quiet.txt"), rates: undefined, json: false, chaos: false, native: false });
    expect(quiet.notes).toHaveLength(2);
    expect(quiet.balance).toMatchObject({ read: 2526, posted: 2526, lost: 0, twice: 0, again: 0, killed: [] });
    for (const part of ["totals", "anomalies", "twins"] as const) expect(chaos[part]).toEqual(quiet[part]);
    expect(quiet.denials).toEqual([{ plugin: "categorise", grant: "call:ledger.account", times: 1 }]);
    expect(new Set(quiet.costs.map(({ mode }) => mode))).toEqual(new Set(["inline", "worker", "process", "stdio"]));

    const report = await readFile(join(folder, "chaos.txt"), "utf8");
    for (const part of ["Totals by month and category, EUR", "call:ledger.account", "Balance: 2526 read = 2526 posted, 0 lost, 0 twice."]) expect(report).toContain(part);
    // No account number anywhere in what is printed or written.
    for (const text of [report, ended.stdout]) expect(text).not.toMatch(/DE00999|CH00099|GB00NONE|000000123456/);
  });

  it("takes a statement and a base currency of one's own", MINUTES, async () => {
    await writeFile(join(folder, "mine.csv"), "Date;Description;Amount;Currency\n2026-03-14;Coffee;-10,00;EUR\n2026-03-14;Salary;1000,00;USD\n");
    await writeFile(join(folder, "rates.csv"), "date,currency,per_eur\n2026-01-01,USD,1.25\n2026-01-01,CHF,0.9\n");
    const ended = await run("mine.csv", "--base", "chf", "--rates", "rates.csv", "--json", "--report", "mine.txt");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const outcome = JSON.parse(ended.stdout) as Outcome;
    expect(outcome.totals.map(({ category, cents }) => [category, cents])).toEqual([["dining", -900], ["income", 72_000]]);
    expect(categories(outcome)).toBe(71_100);
  });

  it("says which currency has no rate", MINUTES, async () => {
    await writeFile(join(folder, "kronor.csv"), "Date;Description;Amount;Currency\n2026-03-14;Coffee;-10,00;SEK\n");
    expect(await run("kronor.csv")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/there is no rate for SEK.*\n.*--rates FILE/) });
  });

  it("explains wrong usage and missing files", MINUTES, async () => {
    expect(await run("--base", "euro")).toMatchObject({ code: 2, stderr: expect.stringContaining("--base expects a currency of three letters") });
    expect(await run("--nope")).toMatchObject({ code: 2 });
    expect(await run("absent.csv")).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot read the statement absent.csv: ENOENT") });
    expect(await run("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("npm start -- --chaos"), stderr: "" });
  });
});
