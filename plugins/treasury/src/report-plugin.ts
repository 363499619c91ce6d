import { definePlugin } from "@sallyport/plugin";
import { money, table } from "./table.js";
import type { Denial } from "./observe.js";
import type { Anomaly, Total } from "./summary.js";
import type { Posting } from "./ledger.js";

/** What the report is made of: no account number is among it. */
export interface ReportParams {
  readonly base: string;
  readonly statements: readonly { readonly name: string; readonly format: string; readonly count: number }[];
  readonly totals: readonly Total[];
  readonly anomalies: readonly Anomaly[];
  readonly twins: readonly Posting[];
  readonly denials: readonly Denial[];
}

/** The one stage without a boundary: compiled with the host, trusted as the host is. */
export const reportPlugin = definePlugin({
  methods: { "report.render": (params: ReportParams) => render(params) },
});

function render({ base, statements, totals, anomalies, twins, denials }: ReportParams): string {
  const of = ({ amount, currency }: Posting): string => `${amount} ${currency}`;
  return [
    section("Statements", table(["file", "format", "transactions"], statements.map(({ name, format, count }) => [name, format, count]))),
    section(`Totals by month and category, ${base}`, monthly(totals)),
    section("Amounts that stand out", anomalies.length === 0 ? "none\n" : table(["date", "name", "amount", base, "category", `usual, ${base}`, "times the usual spread"],
      anomalies.map(({ posting, score, medianCents }) => [posting.date, posting.name, of(posting), money(posting.cents), posting.category, money(medianCents), score.toFixed(1)]))),
    section("Perhaps there twice (counted all the same)", twins.length === 0 ? "none\n" : table(["date", "name", "amount", "file"], twins.map((twin) => [twin.date, twin.name, of(twin), twin.statement]))),
    section("Denied", denials.length === 0 ? "nothing\n" : table(["plugin", "asked for", "times"], denials.map(({ plugin, grant, times }) => [plugin, grant, times]))),
  ].join("\n");
}

function monthly(totals: readonly Total[]): string {
  const months = [...new Set(totals.map(({ month }) => month))].sort();
  const categories = [...new Set(totals.map(({ category }) => category))].sort();
  const cents = (rows: readonly Total[]): number => rows.reduce((sum, row) => sum + row.cents, 0);
  const row = (title: string, rows: readonly Total[]): (string | number)[] => [title, ...months.map((month) => money(cents(rows.filter((each) => each.month === month)))), money(cents(rows))];
  return table(["category", ...months, "all"], [...categories.map((category) => row(category, totals.filter((each) => each.category === category))), row("all", totals)]);
}

export function section(title: string, body: string): string {
  return `${title}\n${body}`;
}
