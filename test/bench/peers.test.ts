import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../../bench/peers/dist/main.js", import.meta.url));
const run = promisify(execFile);

interface Found {
  readonly cells: readonly { readonly id: string; readonly state: string; readonly value?: number; readonly unit: string }[];
}

describe("bench:peers", () => {
  it("measures contenders that need no installation, beside the references", { timeout: 90_000 }, async () => {
    const { stdout, stderr } = await run(process.execPath, [MAIN, "--quick", "--rounds", "1", "--only", "fork-json", "--json"], { timeout: 80_000 });
    const { cells } = JSON.parse(stdout) as Found;

    expect(stderr).not.toContain("installing");
    for (const name of ["port", "worker", "fork-json"]) {
      const own = cells.filter(({ id }) => id.startsWith(`peers/${name}/`));
      expect(own.map(({ id }) => id.slice(`peers/${name}/`.length))).toEqual(["S/1", "S/64", "M/64", "S/1024", "start/cold"]);
      for (const cell of own) expect(cell).toMatchObject({ state: "measured", value: expect.any(Number) as number });
    }
    expect(cells.find(({ id }) => id === "peers/fork-json/S/64")).toMatchObject({ mode: "fork-json", payload: "S", inFlight: 64, unit: "calls/s", ratioToPort: expect.any(Number) as number });
    expect(cells.find(({ id }) => id === "peers/port/S/64")).toMatchObject({ ratioToPort: 1 });
  });

  it("says which contenders there are when asked for another", async () => {
    await expect(run(process.execPath, [MAIN, "--only", "fork-json,teleport"])).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("no contender 'teleport'; there are port, worker") as string });
  });

  it("saves whole runs only", async () => {
    await expect(run(process.execPath, [MAIN, "--quick", "--save"])).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--save keeps whole runs") as string });
  });
});
