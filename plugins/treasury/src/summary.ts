import type { Kernel } from "@sallyport/kernel";
import type { Posting } from "./ledger.js";
import { retrying } from "./retry.js";

export interface Total { readonly month: string; readonly category: string; readonly cents: number; readonly count: number }
export interface Anomaly { readonly posting: Posting; readonly score: number; readonly medianCents: number }

const ROWS = 500;

/** Adds up in batches, and the results of the batches with the same method until one batch holds them all. */
export async function addUp(kernel: Kernel, postings: readonly Posting[], retried: (code: string) => void): Promise<readonly Total[]> {
  let rows: readonly string[] = postings.map(({ date, category, cents }) => `${date.slice(0, 7)}|${category}|${cents}|1`);
  for (let last = false; !last; ) {
    last = rows.length <= ROWS;
    const sums = await Promise.all(batches(rows, ROWS).map((batch, i) =>
      retrying(() => kernel.call<readonly string[]>("totals.add", { rows: batch }, { meta: { idem: `totals:${rows.length}:${i}` } }), retried)));
    const merged = sums.flat();
    if (!last && merged.length >= rows.length) throw new Error("there are more kinds of totals than fit one batch");
    rows = merged;
  }
  return rows.map((row) => {
    const [month = "", category = "", cents, count] = row.split("|");
    return { month, category, cents: Number(cents), count: Number(count) };
  }).sort((a, b) => (`${a.month} ${a.category}` < `${b.month} ${b.category}` ? -1 : 1));
}

export async function findAnomalies(kernel: Kernel, postings: readonly Posting[], limit: number, retried: (code: string) => void): Promise<readonly Anomaly[]> {
  const byId = new Map(postings.map((posting) => [posting.id, posting]));
  const items = postings.map(({ id, category, cents }) => ({ id, category, cents }));
  const found = await retrying(() => kernel.call<readonly { id: string; score: number; median: number }[]>("anomalies.find", { limit }, { input: batches(items, 100), meta: { idem: "anomalies" } }), retried);
  return found.flatMap(({ id, score, median }) => {
    const posting = byId.get(id); // an id that the plugin made up is no transaction
    return posting === undefined ? [] : [{ posting, score, medianCents: median }];
  });
}

/** Transactions that have another's fingerprint: all but the first of each. */
export function findTwins(postings: readonly Posting[]): readonly Posting[] {
  const seen = new Set<string>();
  const inOrder = [...postings].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  return inOrder.filter(({ fingerprint }) => seen.has(fingerprint) || !seen.add(fingerprint));
}

function batches<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
  return out;
}
