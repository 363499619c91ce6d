import { writeFileSync } from "node:fs";
import process from "node:process";
import { measure } from "./measure.js";
import { readOptions, USAGE, type Options } from "./options.js";
import { PLANS, type PlanName } from "./plan.js";
import { run } from "./run.js";
import { renderTable } from "./table.js";

const RESULTS = new URL("../results.json", import.meta.url);

async function main(options: Options): Promise<void> {
  const results = await run(options);
  const json = `${JSON.stringify(results, undefined, 1)}\n`;
  if (options.save) writeFileSync(RESULTS, json);
  process.stdout.write(options.json ? json : `${renderTable(results)}\n`);
  process.exitCode = results.cells.some(({ state }) => state === "failed") ? 1 : 0;
}

/** A contender's own process. Without a parent, as under a profiler, the readings go to stdout. */
async function mainOfContender(name: string, plan: PlanName): Promise<never> {
  // What a contender started must not outlive a parent that was killed.
  process.once("disconnect", () => process.exit(1));
  for await (const reading of measure(name, PLANS[plan])) {
    if (process.send === undefined) console.log(JSON.stringify(reading));
    else await new Promise((resolve) => process.send?.(reading, resolve));
  }
  // Some contenders leave timers and threads behind.
  process.exit(0);
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
if (given.contender !== undefined) await mainOfContender(given.contender.name, given.plan);
else await main(given);
