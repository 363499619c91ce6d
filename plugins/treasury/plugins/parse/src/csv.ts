import { parse } from "csv-parse/browser/esm/sync";
import { decimal, line, unreadable, type Transaction } from "./transaction.js";

/** What banks call their columns, lower case, most telling first. */
const NAMES = {
  date: ["buchungstag", "buchungsdatum", "booking date", "posting date", "date opération", "date", "datum", "data", "fecha", "valuta"],
  amount: ["betrag", "amount", "montant", "importo", "importe", "bedrag", "umsatz"],
  debit: ["soll", "belastung", "lastschrift", "débit", "debit", "paid out", "addebito"],
  credit: ["haben", "gutschrift", "crédit", "credit", "paid in", "accredito"],
  currency: ["währung", "currency", "devise", "divisa", "valuta", "whg"],
  name: ["begünstigter", "auftraggeber", "empfänger", "payee", "counterparty", "name", "bénéficiaire", "tegenpartij"],
  note: ["verwendungszweck", "buchungstext", "description", "libellé", "reference", "memo", "details", "omschrijving"],
} as const;
type Column = keyof typeof NAMES;
type Columns = Partial<Record<Column, number>>;

/** A statement as banks export it: lines of other things before and after the table, columns in any order. */
export function parseCsv(text: string): Transaction[] {
  const rows = parse(text, { delimiter: delimiterOf(text), bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  const head = rows.findIndex((row) => isHeader(findColumns(row)));
  if (head < 0) throw unreadable("no line names columns for date and amount", "Export the statement with its column titles.");
  const columns = findColumns(rows[head] ?? []);
  const preamble = rows.slice(0, head);
  const body = rows.slice(head + 1);
  const mark = body.some((row) => /,\d{1,2}\D?$/.test(cell(row, columns.amount ?? columns.debit) || cell(row, columns.credit))) ? "," : ".";
  const account = preamble.map((row) => row.find((value) => /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(value.replaceAll(" ", "")))).find((found) => found !== undefined) ?? "unknown";
  const currency = preamble.flat().find((value) => /^(EUR|USD|CHF|GBP|[A-Z]{3})$/.test(value.trim())) ?? "EUR";
  return body.flatMap((row) => transaction(row, columns, mark, account, currency) ?? []);
}

/** `undefined` for a line that is no booking: a balance, a remark. */
function transaction(row: readonly string[], columns: Columns, mark: "," | ".", account: string, currency: string): Transaction | undefined {
  const date = isoDate(cell(row, columns.date));
  const amount = amountOf(row, columns, mark);
  if (date === undefined || amount === undefined) return undefined;
  return {
    account, date, amount,
    currency: cell(row, columns.currency).trim().toUpperCase() || currency,
    name: line(cell(row, columns.name), 256),
    note: line(cell(row, columns.note), 1024),
  };
}

function amountOf(row: readonly string[], columns: Columns, mark: "," | "."): string | undefined {
  if (columns.amount !== undefined) return decimal(cell(row, columns.amount), mark);
  const debit = decimal(cell(row, columns.debit), mark);
  if (debit !== undefined && /[1-9]/.test(debit)) return debit.startsWith("-") ? debit : `-${debit}`;
  return decimal(cell(row, columns.credit), mark);
}

function cell(row: readonly string[], column: number | undefined): string {
  return column === undefined ? "" : (row[column] ?? "");
}

function findColumns(row: readonly string[]): Columns {
  const titles = row.map((title) => title.trim().toLowerCase());
  const out: Columns = {};
  const taken = new Set<number>();
  for (const column of Object.keys(NAMES) as Column[]) {
    for (const name of NAMES[column]) {
      const at = titles.findIndex((title, i) => !taken.has(i) && (title === name || new RegExp(`(^|[^\\p{L}])${name}($|[^\\p{L}])`, "u").test(title)));
      if (at < 0) continue;
      out[column] = at;
      taken.add(at);
      break;
    }
  }
  return out;
}

function isHeader(columns: Columns): boolean {
  return columns.date !== undefined && (columns.amount !== undefined || (columns.debit !== undefined && columns.credit !== undefined));
}

function delimiterOf(text: string): string {
  const lines = text.slice(0, 20_000).split("\n");
  const most = [";", ",", "\t"].map((mark) => ({ mark, lines: lines.filter((each) => each.split(mark).length > 3).length }));
  return most.sort((a, b) => b.lines - a.lines)[0]?.mark ?? ";";
}

/** `14.03.2026`, `14/03/2026`, `14.03.26`, `2026-03-14` as the last; day before month, as in Europe. */
function isoDate(text: string): string | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})/.exec(text.trim());
  if (iso !== null) return iso[0];
  const [, day, month, year] = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})$/.exec(text.trim()) ?? [];
  if (day === undefined || month === undefined || year === undefined || Number(month) > 12 || Number(day) > 31) return undefined;
  return `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
