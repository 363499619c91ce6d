import { parseArgs } from "node:util";
import type { Cell } from "./case.js";
import { CASES } from "./cases/index.js";
import { COLUMNS } from "./columns.js";
import { missingColumns } from "./runner/missing.js";
import { runAll } from "./runner/run.js";
import { createProgress } from "./render/progress.js";
import { cellText } from "./render/cell-text.js";

const { values: options } = parseArgs({
  options: {
    case: { type: "string", multiple: true, default: [] },
    mode: { type: "string", multiple: true, default: [] },
    "at-once": { type: "string", default: "2" },
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});

const cases = CASES.filter((one) => (options.case.length === 0 || options.case.some((id) => one.id === id || one.id.startsWith(id))) && (!options.quick || one.quick === true));
const columns = COLUMNS.filter(({ id, mode }) => options.mode.length === 0 || options.mode.some((name) => name === id || name === mode));
const progress = createProgress();
const cells = await runAll(cases, columns, { atOnce: Number(options["at-once"]), missing: await missingColumns(columns), done: progress.done });
progress.end();
if (options.json) console.log(JSON.stringify(cells, undefined, 2));
else for (const cell of cells) print(cell);

function print(cell: Cell): void {
  if (cell.state !== "not applicable") console.log(`${cell.case.padEnd(6)} ${cell.column.padEnd(13)} ${cellText(cell).padEnd(20)} ${cell.why}${cell.flaws ? `\n        ! ${cell.flaws.join("; ")}` : ""}`);
}
