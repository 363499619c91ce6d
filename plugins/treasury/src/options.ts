import { parseArgs } from "node:util";
import { SallyportError } from "@sallyport/bus";

/** What the user asked for. */
export interface TreasuryOptions {
  /** Statement files; empty: the three that come with the example. */
  readonly files: readonly string[];
  /** Currency of the totals. */
  readonly base: string;
  /** Where the report is written. */
  readonly report: string;
  /** Table of rates; `undefined`: the one that comes with the example. */
  readonly rates: string | undefined;
  readonly json: boolean;
  /** Kill plugins in the middle, and show that nothing is lost. */
  readonly chaos: boolean;
}

export const HELP = `Bank statements pushed through plugins, each with only what it needs.

  npm start                       the three statements that come with the example
  npm start -- FILE...            your own: OFX/QFX, CSV as banks export it, camt.053 XML
  npm start -- --chaos            kill two plugins in the middle; nothing is lost or counted twice

  --base CHF       currency of the totals (default EUR)
  --rates FILE     CSV with date,currency,per_eur (default: an invented table)
  --report PATH    where the report goes (default treasury-report.txt)
  --json           the result as JSON on stdout
  --help           this text
`;

/** Throws `invalid_argument` for wrong usage; `undefined` when help was asked for. */
export function readOptions(args: readonly string[]): TreasuryOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const base = values.base.toUpperCase();
  if (!/^[A-Z]{3}$/.test(base)) throw usage(`--base expects a currency of three letters, got '${values.base}'`);
  return { files: positionals, base, report: values.report, rates: values.rates, json: values.json, chaos: values.chaos };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        base: { type: "string", default: "EUR" },
        rates: { type: "string" },
        report: { type: "string", default: "treasury-report.txt" },
        json: { type: "boolean", default: false },
        chaos: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function usage(message: string): SallyportError {
  return new SallyportError("invalid_argument", message, { help: "See npm start -- --help." });
}
