import process from "node:process";
import { readOptions, USAGE, type Options } from "./options.js";
import { allCells } from "./plan.js";

const cells = allCells();

function options(): Options {
  try {
    return readOptions(process.argv.slice(2), cells.map(({ facts }) => facts));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

// Loaded when needed: the process of a cell has nothing in it but what the cell uses.
const given = options();
const one = cells.find(({ facts }) => facts.id === given.cell);
if (one !== undefined) await (await import("./run/measure-cell.js")).mainOfCell(one, given.quick);
else if (given.profile !== undefined) process.exitCode = await (await import("./profile.js")).runProfile(given.profile);
else if (given.check) process.exitCode = await (await import("./check.js")).runCheck(cells, given);
else process.exitCode = await (await import("./run-bench.js")).runBench(cells, given);
