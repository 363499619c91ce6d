import process from "node:process";
import { forkRow } from "./fork-row.js";
import { describeMachine } from "./machine.js";
import { readOptions, USAGE, type Options } from "./options.js";
import { createReport, renderReport } from "./report.js";
import type { RowResult } from "./result.js";
import { BASELINES } from "./rows.js";
import { runRow } from "./run-row.js";

async function main({ modes, quick, json }: Options): Promise<number> {
  const machine = describeMachine();
  const from = performance.now();
  const rows: RowResult[] = [];
  for (const name of [...Object.keys(BASELINES), ...modes]) {
    console.error(`bench: ${name}`);
    rows.push(await forkRow(name, quick));
  }
  const report = createReport(machine, quick, (performance.now() - from) / 1000, rows);
  console.log(json ? JSON.stringify(report, undefined, 2) : renderReport(report));
  return rows.some(({ outcome }) => outcome.state === "failed") ? 1 : 0;
}

/** A row's own process. Without a parent, as under a profiler, the result goes to stdout. */
async function mainOfRow(name: string, quick: boolean): Promise<void> {
  // What a row started must not outlive a parent that was killed.
  const orphaned = (): never => process.exit(1);
  process.once("disconnect", orphaned);
  const result = await runRow(name, quick);
  process.off("disconnect", orphaned);
  if (process.send === undefined) console.log(JSON.stringify(result, undefined, 2));
  else process.send(result, () => process.disconnect());
}

function options(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const given = options();
if (given.row !== undefined) await mainOfRow(given.row, given.quick);
else process.exitCode = await main(given);
