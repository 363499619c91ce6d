/** One booking, as every parser gives it. */
export interface Transaction {
  readonly account: string;
  /** `2026-03-14`. */
  readonly date: string;
  /** A decimal number as text, `-12.50`: never a float. */
  readonly amount: string;
  readonly currency: string;
  readonly name: string;
  readonly note: string;
}

/** A statement that cannot be read, with the place in it. `code` crosses the boundary as it is. */
export function unreadable(message: string, help: string): Error {
  return Object.assign(new Error(message), { code: "parse.unreadable", help });
}

/** `1.234,56`, `1'234.56`, `(12.00)`, `12,5-` as `1234.56`, `1234.56`, `-12.00`, `-12.5`. `undefined`: no number. */
export function decimal(text: string, mark: "," | "."): string | undefined {
  const bare = text.replaceAll("\u2212", "-").replace(/[\s'’\u00a0+]/g, "");
  const negative = /^-|-$|^\(.*\)$/.test(bare);
  const digits = bare.replace(/^[-(]|[-)]$/g, "").replaceAll(mark === "," ? "." : ",", "").replace(",", ".");
  return /^\d{1,15}(\.\d{1,6})?$/.test(digits) ? `${negative && /[1-9]/.test(digits) ? "-" : ""}${digits}` : undefined;
}

/** One line of at most `max` characters. */
export function line(text: string, max: number): string {
  return text.replace(/\s+/g, " ").trim().slice(0, max);
}
