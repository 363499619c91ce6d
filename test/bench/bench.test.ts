import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cell, Results } from "@sallyport/bench/results";
import { allModes } from "sallyport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../bench/dist/main.js", import.meta.url));
const bench = (...args: readonly string[]) => promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: 110_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
});
afterAll(() => rm(folder, { recursive: true }));

const figure = { state: "measured", value: expect.any(Number) as number, marginPercent: expect.any(Number) as number, samples: expect.any(Number) as number, ratioToPort: expect.any(Number) as number };
/** With other work on the machine two rounds may disagree; then both are there instead. */
function expectFigure(cell: Cell | undefined): void {
  if (cell?.state === "unsteady") expect(cell).toMatchObject({ rounds: [expect.any(Number), expect.any(Number)], reason: expect.stringContaining("rounds differ") as string });
  else expect(cell).toMatchObject({ ...figure, rounds: [expect.any(Number)] });
}

describe("npm run bench", () => {
  it("measures the cells asked for and their reference, and writes what it found", { timeout: 120_000 }, async () => {
    const [json, page] = [join(folder, "one.json"), join(folder, "one.html")];
    const { stdout, stderr } = await bench("--quick", "--rounds", "1", "--only", "inline/S/64,inline/L/1", "--json", json, "--report", page);
    const results = JSON.parse(await readFile(json, "utf8")) as Results;

    expect(results).toMatchObject({ format: 1, options: { quick: true, rounds: 1, only: ["inline/S/64", "inline/L/1"] }, versions: { node: process.versions.node }, machine: { cpus: expect.any(Number) as number } });
    expect(results.cells.map(({ id }) => id)).toEqual(expect.arrayContaining(["port/S/64", "inline/S/64", "port/L/1", "inline/L/1"]));
    expect(results.cells.every(({ mode }) => mode === "port" || mode === "inline")).toBe(true);
    for (const id of ["port/S/64", "inline/S/64", "inline/L/1"]) expectFigure(results.cells.find((cell) => cell.id === id));
    expect(results.cells.find(({ id }) => id === "port/S/64")).toMatchObject({ ratioToPort: 1 });
    expect(results.traits.map(({ mode }) => mode).sort()).toEqual(allModes().map(({ mode }) => mode).sort());
    expect(results.targets.map(({ path }) => path)).toEqual(["inline, S, 64 in flight"]);
    expect(stdout).toContain("Many small calls");
    expect(stdout).not.toContain("was not run");
    expect(stderr).toContain("/6  port/S/64");
    expect(await readFile(page, "utf8")).toContain("<!doctype html>");
  });

  it("puts a cell that cannot run here, or fails, into words", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "--quick", "--cell", "go/S/64"], { env: { PATH: folder } });
    expect(JSON.parse(stdout)).toEqual({ state: "unavailable", reason: "no go on this machine (ENOENT)" });
  });

  it.each([
    [["--modes", "inline,teleport"], "There is no mode 'teleport'; there are inline, worker"],
    [["--payload", "XL"], "There is no payload 'XL'; there are S, M, L"],
    [["--only", "speed"], "There is no question and no cell 'speed'; questions are calls"],
    [["--cell", "inline/S"], "There is no cell 'inline/S'"],
    [["--rounds", "none"], "--rounds takes a number"],
    [["--save", "--quick"], "--save takes a full run"],
  ])("says what is wrong with %j", async (args, message) => {
    await expect(bench(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  });
});

describe("npm run bench:check", () => {
  const ID = "fork-json/S/64";
  let saved: Results;
  beforeAll(async () => {
    await bench("--quick", "--rounds", "1", "--only", ID, "--json", join(folder, "saved.json"), "--report", join(folder, "saved.html"));
    saved = JSON.parse(await readFile(join(folder, "saved.json"), "utf8")) as Results;
  }, 60_000);

  /** The saved results as they would be had the cell been so many times as fast. */
  async function savedTimes(times: number): Promise<string> {
    const file = join(folder, `times-${times}.json`);
    const cells = saved.cells.map((cell) => (cell.id === ID && cell.state === "measured" ? { ...cell, ratioToPort: (cell.ratioToPort ?? 0) * times } : cell));
    await writeFile(file, JSON.stringify({ ...saved, cells }));
    return file;
  }

  it("names the cell that became slower, after it was measured once more", { timeout: 60_000 }, async () => {
    await expect(bench("--check", "--rounds", "1", "--only", ID, "--against", await savedTimes(10))).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`measured once more, as they were slower: ${ID}\n[^]*${ID} is slower: [\\d.]+ % of its saved speed`)) as string,
    });
  });

  it("passes what became faster", { timeout: 60_000 }, async () => {
    const { stdout } = await bench("--check", "--rounds", "1", "--only", ID, "--against", await savedTimes(0.1));
    expect(stdout).toContain("nothing is slower");
  });

  it("asks for saved results where there are none", async () => {
    await expect(bench("--check", "--against", join(folder, "none.json"))).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("save a run with: npm run bench -- --save") as string });
  });
});
