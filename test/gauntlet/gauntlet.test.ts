import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { CASES, COLUMNS, isWorse, layersThatDoNotFit, matrix, PORTS, missingColumns, readSaved, runAll, whyNot } from "@sallyport/gauntlet";
import { createKernel } from "@sallyport/kernel";
import { describe, expect, it, onTestFinished } from "vitest";

const here = fileURLToPath(new URL("./", import.meta.url));
/** Enough to see that the runner finds what it should. CI runs a large part by `npm run containment -- --check --quick`, whose cells are compared. */
const CHOSEN: ReadonlyMap<string, readonly string[]> = new Map([["process", ["R03a"]], ["stdio+strict", ["N19a"]], ["wasm", ["N22b"]]]);

describe.each(COLUMNS.filter(({ id }) => CHOSEN.has(id)))("attacks in $id", (column) => {
  it("come to no more than expected, while others answer", async (context) => {
    const missing = await missingColumns([column]);
    const cases = CASES.filter((one) => CHOSEN.get(column.id)?.includes(one.id) === true);
    const cells = await runAll(cases, [column], { atOnce: 2, missing });
    const skipped = cells.filter(({ state }) => state === "skipped");
    if (skipped.length === cells.length) context.skip(skipped[0]?.why);
    for (const cell of cells) {
      const one = cases.find(({ id }) => id === cell.case);
      expect(one && isWorse(one, cell), `${cell.case} in ${cell.column}: ${cell.outcome} (${cell.why})`).toBe(false);
    }
  }, 120_000);
});

describe("a module whose config names neither mode nor trust", () => {
  const adapters = (): Parameters<typeof createKernel>[0]["adapters"] => [worker(), inline({}), processMode(), stdio()];

  it.each([{}, { trust: "untrusted" as const }])("never runs in a thread: %o", async (spec) => {
    await using kernel = createKernel({ adapters: adapters() });
    const info = await kernel.load({ path: `${here}module/heap.js`, name: "evil", args: ["map"], limits: { memoryMb: 64 }, ...spec });
    expect(info.mode).toBe("process");
    // In a thread this would be the end of this very process.
    await expect(kernel.call("evil.attack", null, { timeoutMs: 20_000 })).rejects.toMatchObject({ plugin: "evil" });
  }, 40_000);

  it("not even when the plugin's own manifest asks for it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "evil", version: "1.0.0", entry: "index.js", mode: "worker" }));
    writeFileSync(join(folder, "index.js"), "export default { methods: { \"evil.ping\": () => 1 } };\n");
    await using kernel = createKernel({ adapters: adapters() });
    const info = await kernel.load({ path: folder }).catch((error: unknown) => error as { code: string });
    expect(info).not.toHaveProperty("mode", "worker");
  });
});

describe("the list of attacks", () => {
  it("names each once, with a program that is there", () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
    for (const { kind, plugin } of CASES) if (kind !== "folder" && kind !== "port") expect(existsSync(here + plugin), plugin).toBe(true);
    for (const { kind, plugin } of CASES) if (kind === "program") expect(statSync(here + plugin).mode & 0o111, `${plugin} is executable`).toBe(0o111);
  });

  it("is played in other modes by programs that are there", () => {
    const ids = new Set(CASES.map(({ id }) => id));
    for (const { plays, plugin } of PORTS) {
      for (const id of Object.keys(plays)) expect(ids.has(id), id).toBe(true);
      // What is compiled is made by the run.
      if (!plugin.includes("/build/")) expect(existsSync(here + plugin), plugin).toBe(true);
    }
  });

  it("switches off layers that are there", () => expect(layersThatDoNotFit()).toEqual([]));

  it("has a saved cell for every attack and mode, and SECURITY.md shows them", () => {
    const saved = readSaved();
    if (saved === undefined) throw new Error("containment.json is missing: npm run containment");
    const known = new Set(saved.cells.map((cell) => `${cell.case} in ${cell.column}`));
    const lacking = CASES.flatMap((one) => COLUMNS.filter((column) => whyNot(one, column) === undefined).map((column) => `${one.id} in ${column.id}`)).filter((cell) => !known.has(cell));
    expect(lacking).toEqual([]);
    expect(readFileSync(`${here}../../SECURITY.md`, "utf8")).toContain(matrix(saved, CASES));
  });
});
