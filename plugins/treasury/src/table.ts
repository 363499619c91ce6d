import Table from "cli-table3";

/** A plain table: numbers and amounts to the right, no colours, the same in a terminal and in a file. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const right = (column: number): boolean => rows.every((row) => /^-?[\d.,]+$/.test(String(row[column] ?? "0")));
  const out = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  // Control characters of a statement must not reach the terminal.
  for (const row of rows) out.push(row.map((cell) => String(cell).replace(/\p{Cc}/gu, " ")));
  return `${out.toString()}\n`;
}

/** Hundredths as a decimal number. */
export function money(cents: number): string {
  const sign = cents < 0 ? "-" : "";
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
