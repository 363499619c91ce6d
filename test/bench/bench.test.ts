import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../bench/dist/main.js", import.meta.url));
const run = promisify(execFile);

const figure = { value: expect.any(Number) as number, marginPercent: expect.any(Number) as number, samples: expect.any(Number) as number };
const measured = { roundTripUs: figure, callsPerSecond: figure };

describe("bench", () => {
  it("measures the baselines and the modes asked for", { timeout: 120_000 }, async () => {
    const { stdout } = await run(process.execPath, [MAIN, "--quick", "--modes", "inline", "--json"], { timeout: 110_000 });
    const report = JSON.parse(stdout) as { readonly rows: readonly Record<string, unknown>[] };

    expect(report).toMatchObject({ machine: { node: process.versions.node }, quick: true, inFlight: 64 });
    expect(report.rows.map((row) => row["name"])).toEqual(["function", "clone", "port", "fork", "inline"]);
    for (const row of report.rows) {
      expect(row).toMatchObject({ outcome: { state: "measured", measured }, roundTripRatio: expect.any(Number) as number, callsRatio: expect.any(Number) as number });
    }
    expect(report.rows.at(-1)).toMatchObject({ outcome: { measured: { starts: { firstMs: expect.any(Number) as number, medianMs: expect.any(Number) as number } } } });
    expect(report.rows.find((row) => row["name"] === "port")).toMatchObject({ roundTripRatio: 1, callsRatio: 1 });
  });

  it("says which rows there are when asked for another", async () => {
    await expect(run(process.execPath, [MAIN, "--modes", "inline,teleport"])).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("no row 'teleport'; there are inline, worker") as string });
  });
});
