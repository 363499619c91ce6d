#!/usr/bin/env node
import { isSallyportError } from "@sallyport/bus";
import { HELP, readOptions, type TreasuryOptions } from "./options.js";
import { runTreasury } from "./treasury.js";

/** Exit codes: 0, 1 for a failed run or a balance that is off, 2 for wrong usage. */
async function main(): Promise<number> {
  let options: TreasuryOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    explain(error);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const { text, ...outcome } = await runTreasury(options);
    process.stdout.write(options.json ? `${JSON.stringify(outcome, undefined, 2)}\n` : `${text}\nThe report is in ${outcome.report}\n`);
    return outcome.balance.lost + outcome.balance.twice === 0 && outcome.balance.read === outcome.balance.posted ? 0 : 1;
  } catch (error) {
    explain(error);
    return 1;
  }
}

function explain(error: unknown): void {
  const { message, help, at } = isSallyportError(error) ? error : { message: error instanceof Error ? (error.stack ?? error.message) : String(error), help: "", at: undefined };
  process.stderr.write(`treasury: ${message}${at === undefined ? "" : ` (${at})`}\n${help ? `${help}\n` : ""}`);
}

process.exitCode = await main();
