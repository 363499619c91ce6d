import type { Kernel } from "@sallyport/kernel";
import { createPool, retrying } from "./retry.js";
import { pieces, type Statement } from "./statement.js";
import type { Ledger } from "./ledger.js";

/** Transactions under way at once. */
const WIDTH = 32;

interface Parsed {
  readonly account: string;
  readonly date: string;
  readonly amount: string;
  readonly currency: string;
  readonly name: string;
  readonly note: string;
}

export interface PipelineEvents {
  read(): void;
  posted(): void;
  retried(code: string): void;
}

/** Parses, and takes each transaction through its stages into the ledger. Returns how many the parser counted. */
export async function readInto(ledger: Ledger, kernel: Kernel, statement: Statement, number: number, events: PipelineEvents): Promise<number> {
  const pool = createPool(WIDTH);
  const accounts = new Map<string, string>();
  const count = await retrying(() => parse(async (transaction, at) => {
    const id = `${number}:${at}`;
    if (!ledger.claim(id)) return;
    events.read();
    const alias = accounts.get(transaction.account) ?? `account ${number}.${accounts.size + 1}`;
    accounts.set(transaction.account, alias);
    await pool.add(() => take(id, alias, transaction));
  }), events.retried);
  await pool.idle();
  return count;

  async function parse(each: (transaction: Parsed, at: number) => Promise<void>): Promise<number> {
    const stream = kernel.stream<Parsed>("parse.statement", { format: statement.format }, { input: pieces(statement.text), timeoutMs: 600_000, meta: { idem: `parse:${number}` } });
    for (let at = 1; ; at++) {
      const next = await stream.next();
      if (next.done === true) return (next.value as { count: number }).count;
      await each(next.value, at);
    }
  }

  async function take(id: string, alias: string, { account: _account, ...transaction }: Parsed): Promise<void> {
    const { date, amount, currency, name, note } = transaction;
    const meta = { idem: id };
    // The account number ends here: no later stage gets more than the alias.
    const [converted, category, fingerprint] = await Promise.all([
      retrying(() => kernel.call<string>("convert.amount", { amount, currency, date }, { meta }), events.retried),
      retrying(() => kernel.call<string>("categorise.transaction", transaction, { meta }), events.retried),
      retrying(() => kernel.call<string>("fingerprint.of", { text: [alias, date, amount, currency, name, note].join("\n") }, { meta }), events.retried),
    ]);
    ledger.post({ id, statement: statement.name, date, amount, currency, name, category, cents: Number(converted.replace(".", "")), fingerprint });
    events.posted();
  }
}
