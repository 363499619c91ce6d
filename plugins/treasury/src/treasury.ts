import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { Kernel } from "@sallyport/kernel";
import { createHost } from "sallyport";
import { createChaos } from "./chaos.js";
import { createLedger } from "./ledger.js";
import { createObserver, type Cost } from "./observe.js";
import { PLUGINS, STATEMENTS } from "./places.js";
import { readInto } from "./pipeline.js";
import { readRates } from "./rates.js";
import { reportPlugin, section, type ReportParams } from "./report-plugin.js";
import { chooseStages } from "./stages.js";
import { readStatement } from "./statement.js";
import { addUp, findAnomalies, findTwins } from "./summary.js";
import { table } from "./table.js";
import type { TreasuryOptions } from "./options.js";

/** What a run found; `text` is what a person reads. */
export interface Outcome extends ReportParams {
  readonly costs: readonly Cost[];
  readonly notes: readonly string[];
  readonly balance: Balance;
  readonly report: string;
  readonly text: string;
}

/** Read, by the parser's own count; posted, in the ledger; counted, in the totals. */
export interface Balance {
  readonly read: number;
  readonly posted: number;
  readonly lost: number;
  readonly twice: number;
  /** Transactions that came again after a crash and were recognised. */
  readonly again: number;
  readonly retries: number;
  readonly killed: readonly string[];
}

const EXAMPLES = ["giro.csv", "checking.ofx", "konten.camt053.xml"];

/** Runs the whole pipeline and writes the report. Leaves nothing running, also on failure. */
export async function runTreasury(options: TreasuryOptions & { readonly native?: boolean }): Promise<Outcome> {
  const paths = options.files.length > 0 ? options.files : EXAMPLES.map((name) => join(STATEMENTS, name));
  const statements = await Promise.all(paths.map(readStatement));
  const rates = await readRates(options.rates ?? join(STATEMENTS, "rates.csv"));
  const stages = await chooseStages(options.base, options.native);
  const observer = createObserver();
  const kernel = await createHost(stages.config, {
    base: PLUGINS,
    hooks: observer.hooks,
    inline: { report: reportPlugin },
    provide: {
      "rates.lookup": ({ currency, date }: { readonly currency: string; readonly date: string }) => rates.perEuro(currency, date),
      // It is there, so that what keeps a plugin from it is the missing grant.
      "ledger.account": () => {
        throw new SallyportError("failed_precondition", "account numbers are not handed out");
      },
    },
  });
  try {
    return await work(kernel);
  } finally {
    await kernel.close();
  }

  async function work(kernel: Kernel): Promise<Outcome> {
    const ledger = createLedger();
    const chaos = options.chaos ? createChaos(() => kernel) : undefined;
    const counts = { read: 0, posted: 0, retries: 0 };
    const retried = (): void => void counts.retries++;
    const events = {
      read: () => (counts.read++, chaos?.at(counts)),
      posted: () => (counts.posted++, chaos?.at(counts)),
      retried,
    };
    const read = [];
    for (const [i, statement] of statements.entries()) {
      const count = await readInto(ledger, kernel, statement, i + 1, events);
      read.push({ name: statement.name, format: statement.format, count });
    }
    const postings = ledger.postings;
    const totals = await addUp(kernel, postings, retried);
    const anomalies = await findAnomalies(kernel, postings, 10, retried);
    const twins = findTwins(postings);
    const found: ReportParams = { base: options.base, statements: read, totals, anomalies, twins, denials: observer.denials() };
    const body = await kernel.call<string>("report.render", found);
    const counted = totals.reduce((sum, total) => sum + total.count, 0);
    const expected = read.reduce((sum, { count }) => sum + count, 0);
    const balance: Balance = {
      read: expected, posted: postings.length, lost: Math.max(0, expected - postings.length), twice: Math.max(0, counted - postings.length),
      again: ledger.again, retries: counts.retries, killed: chaos?.killed ?? [],
    };
    const costs = observer.costs(kernel, stages.languages);
    const report = resolve(options.report);
    const text = [body, costTable(costs), ...stages.notes.map((note) => `${note}\n`), closing(balance, options.chaos)].join("\n");
    await writeFile(report, text).catch((cause: NodeJS.ErrnoException) => {
      throw new SallyportError("failed_precondition", `cannot write the report ${report}: ${cause.code ?? cause.message}`, { help: "Name another place with --report PATH.", cause });
    });
    return { ...found, costs, notes: stages.notes, balance, report, text };
  }
}

function costTable(costs: readonly Cost[]): string {
  return section("What each plugin cost", table(["plugin", "mode", "language", "calls", "items", "ms, added up", "ms, median", "restarts"],
    costs.map(({ plugin, mode, language, calls, items, totalMs, medianMs, restarts }) => [plugin, mode, language, calls, items, totalMs.toFixed(0), medianMs.toFixed(2), restarts])));
}

function closing({ read, posted, lost, twice, again, retries, killed }: Balance, chaos: boolean): string {
  const lines = killed.map((each) => `Killed ${each}.`);
  if (chaos && killed.length === 0) lines.push("Nothing was killed: the statements are too short to be in the middle of.");
  if (retries > 0) lines.push(`${retries} calls were made again; ${again} transactions came again and were recognised.`);
  lines.push(`Balance: ${read} read ${read === posted ? "=" : "≠"} ${posted} posted, ${lost} lost, ${twice} twice.`);
  return `${lines.join("\n")}\n`;
}
