import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createHost } from "sallyport";
import { chooseStages } from "@sallyport/treasury";

type Kernel = Awaited<ReturnType<typeof createHost>>;

const base = fileURLToPath(new URL("../../plugins/treasury/plugins", import.meta.url));
const open: Kernel[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((kernel) => kernel.close()));
});

async function start(path: string, permissions: { readonly run?: readonly string[] } = {}): Promise<Kernel> {
  const kernel = await createHost({ plugins: { [path.split("-")[0] ?? path]: { path, permissions } } }, { base });
  open.push(kernel);
  return kernel;
}

/** Why a native form cannot run here; chooseStages compiles what it can. */
async function missing(plugin: string): Promise<string | undefined> {
  const { notes } = await chooseStages("EUR");
  return notes.find((note) => note.startsWith(plugin));
}

describe("every form of a stage gives the same result", () => {
  it("fingerprint: C and JavaScript", { timeout: 60_000 }, async (context) => {
    const reason = await missing("fingerprint");
    if (reason !== undefined) return context.skip(reason);
    const [native, plain] = [await start("fingerprint-c"), await start("fingerprint-javascript")];
    for (const text of ["", "a", "Épicerie 😀\n-12.50\nEUR", "x".repeat(2000)]) {
      const expected = await plain.call<string>("fingerprint.of", { text });
      expect(expected).toMatch(/^[0-9a-f]{16}$/);
      expect(await native.call("fingerprint.of", { text })).toBe(expected);
    }
    expect(await plain.call("fingerprint.of", { text: "a" })).toBe("af63dc4c8601ec8c"); // FNV's published value
  });

  it("anomalies: Python and JavaScript", { timeout: 60_000 }, async (context) => {
    const reason = await missing("anomalies");
    if (reason !== undefined) return context.skip(reason);
    const [native, plain] = [await start("anomalies-python"), await start("anomalies-javascript")];
    const items = Array.from({ length: 3000 }, (_, i) => ({ id: `1:${i}`, category: `c${i % 7}`, cents: i % 251 === 0 ? -(i * 977) : ((i * 7919) % 5003) - 4000 }));
    const input = Array.from({ length: 60 }, (_, i) => items.slice(i * 50, i * 50 + 50));
    const expected = await plain.call<unknown[]>("anomalies.find", { limit: 20 }, { input });
    expect(expected.length).toBeGreaterThan(5);
    expect(await native.call("anomalies.find", { limit: 20 }, { input })).toEqual(expected);
    expect(await native.call("anomalies.find", { limit: 1 })).toEqual([]);
  });
});

it("totals: adds up, and takes its own results again", { timeout: 60_000 }, async () => {
  const kernel = await start("totals", { run: ["awk"] });
  const add = async (rows: string[]): Promise<string[]> => (await kernel.call<string[]>("totals.add", { rows })).sort();
  expect(await add([])).toEqual([]);
  const first = await add(["2026-01|food|-150|1", "2026-01|food|-250|1", "2026-02|rent|-100000|1"]);
  expect(first).toEqual(["2026-01|food|-400|2", "2026-02|rent|-100000|1"]);
  expect(await add([...first, "2026-02|rent|9007199254740|1"])).toEqual(["2026-01|food|-400|2", "2026-02|rent|9007199154740|2"]);
  await expect(add(['2026-01|fo"od|1|1'])).rejects.toMatchObject({ code: "invalid_argument" });
});

it("the rules are not handed an account number, whoever tries", { timeout: 60_000 }, async () => {
  const kernel = await start("categorise");
  const transaction = { date: "2026-01-01", amount: "-1.00", currency: "EUR", name: "Café", note: "" };
  expect(await kernel.call("categorise.transaction", transaction)).toBe("dining");
  await expect(kernel.call("categorise.transaction", { ...transaction, account: "DE00" })).rejects.toMatchObject({ code: "invalid_argument" });
  expect(kernel.list()[0]).toMatchObject({ grants: [], denied: ["call:ledger.account"] });
});
