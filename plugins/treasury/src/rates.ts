import { readFile } from "node:fs/promises";
import { SallyportError } from "@sallyport/bus";

/** Units of a currency for one euro, by day. */
export interface Rates {
  /** The rate of the last listed day up to `date`; before the first one, the first. Throws `not_found`. */
  perEuro(currency: string, date: string): string;
}

/** Reads lines of `date,currency,per_eur`. Throws `not_found`, `invalid_argument` naming the line. */
export async function readRates(path: string): Promise<Rates> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new SallyportError("not_found", `cannot read the rates ${path}: ${cause.code ?? cause.message}`, { help: "Check the path after --rates.", cause });
  });
  const days = new Map<string, [date: string, rate: string][]>();
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "" || i === 0) return;
    const [, date, currency, rate] = /^(\d{4}-\d{2}-\d{2}),([A-Z]{3}),(\d{1,9}(?:\.\d{1,9})?)$/.exec(line.trim()) ?? [];
    if (date === undefined || currency === undefined || rate === undefined || !/[1-9]/.test(rate)) {
      throw new SallyportError("invalid_argument", `${path}:${i + 1}: expected date,currency,per_eur with a rate above 0, got '${line.slice(0, 60)}'`, { help: "A line reads 2026-01-05,USD,1.0821" });
    }
    const listed = days.get(currency);
    if (listed === undefined) days.set(currency, [[date, rate]]);
    else listed.push([date, rate]);
  });
  for (const listed of days.values()) listed.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    perEuro(currency, date) {
      if (currency === "EUR") return "1";
      const listed = days.get(currency) ?? [];
      const found = listed.findLast(([day]) => day <= date) ?? listed[0];
      if (found === undefined) throw new SallyportError("not_found", `there is no rate for ${currency} in ${path}`, { help: `Give a table that has it: --rates FILE.` });
      return found[1];
    },
  };
}
