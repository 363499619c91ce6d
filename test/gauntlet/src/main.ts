import process from "node:process";
import { parseArgs } from "node:util";
import type { Cell } from "./case.js";
import { CASES } from "./cases/index.js";
import { COLUMNS } from "./columns.js";
import { compare } from "./compare.js";
import { runLayers } from "./layers/run.js";
import { cellText } from "./render/cell-text.js";
import { writePart } from "./render/document.js";
import { layersTable } from "./render/layers.js";
import { matrix } from "./render/matrix.js";
import { createProgress } from "./render/progress.js";
import { runCell } from "./runner/cell.js";
import { missingColumns } from "./runner/missing.js";
import { runAll } from "./runner/run.js";
import { makeSaved, mergeSaved, readSaved, SAVED_FILE, writeLayers, writeSaved } from "./saved.js";

const HELP = `npm run containment -- [options]
  --case ID      only this case, or those that begin so; may be repeated
  --mode M       only this mode or column; may be repeated
  --quick        a representative part
  --check        compare with containment.json; fails when a cell is worse
  --layers       with one layer of the defence switched off after the other
  --render       write the tables from containment.json again
  --verbose      tell of every cell that is not as it should be, as it comes
  --json         print the cells as JSON
  --save         put the cells of a part into containment.json and the tables
  --at-once N    hosts at once, default 2
A whole run writes containment.json and the tables in SECURITY.md.`;

const { values: options } = parseArgs({
  options: {
    case: { type: "string", multiple: true, default: [] }, mode: { type: "string", multiple: true, default: [] }, "at-once": { type: "string", default: "2" },
    json: { type: "boolean", default: false }, save: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, check: { type: "boolean", default: false },
    layers: { type: "boolean", default: false }, render: { type: "boolean", default: false }, help: { type: "boolean", default: false }, verbose: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else if (options.layers) await layers();
else if (options.render) render();
else await run();

async function run(): Promise<void> {
  const cases = CASES.filter((one) => (options.case.length === 0 || options.case.some((id) => one.id.startsWith(id))) && (!options.quick || one.quick === true));
  const columns = COLUMNS.filter(({ id, mode }) => options.mode.length === 0 || options.mode.some((name) => name === id || name === mode));
  const startedAt = performance.now();
  const progress = createProgress(options.verbose);
  const cells = await runAll(cases, columns, { atOnce: Number(options["at-once"]), missing: await missingColumns(columns), done: progress.done });
  progress.end();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const whole = cases.length === CASES.length && columns.length === COLUMNS.length;
  if (options.json) console.log(JSON.stringify(cells, undefined, 2));
  else if (!whole || options.check) for (const cell of cells) print(cell);
  if (options.check) return check(await again(cells));
  if (!whole && !options.save) return;
  const made = makeSaved(COLUMNS, cells, "npm run containment", seconds);
  writeSaved(whole ? made : mergeSaved(readSaved(), made));
  render();
  console.log(`${cells.filter(({ state }) => state === "measured").length} cells in ${seconds} s; written to ${SAVED_FILE} and SECURITY.md.`);
}

/** Some attacks are races, and a busy machine decides them: what looks worse has to look so three times, the other two alone. */
async function again(cells: readonly Cell[]): Promise<readonly Cell[]> {
  const out = [...cells];
  for (let tries = 0; tries < 2; tries++) {
    for (const [i, cell] of out.entries()) {
      const one = CASES.find(({ id }) => id === cell.case);
      const column = COLUMNS.find(({ id }) => id === cell.column);
      if (one === undefined || column === undefined || compare([one], [cell], readSaved()).worse.length === 0) continue;
      console.log(`once more, alone: ${cell.case} in ${cell.column}`);
      out[i] = await runCell(one, column);
    }
  }
  return out;
}

function check(cells: readonly Cell[]): void {
  const { worse, warnings } = compare(CASES, cells, readSaved());
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const line of worse) console.log(`worse: ${line}`);
  console.log(worse.length === 0 ? "containment: no cell is worse than the saved one" : `containment: ${worse.length} cells are worse than the saved ones`);
  process.exitCode = worse.length === 0 ? 0 : 1;
}

function render(): void {
  const saved = readSaved();
  if (saved !== undefined) writePart("containment", matrix(saved, CASES));
}

async function layers(): Promise<void> {
  const rows = await runLayers(await missingColumns(COLUMNS), (text) => console.error(text));
  if (options.json) console.log(JSON.stringify(rows, undefined, 2));
  writeLayers(rows);
  writePart("layers", layersTable(rows));
}

function print(cell: Cell): void {
  if (cell.state === "not applicable") return;
  console.log(`${cell.case.padEnd(6)} ${cell.column.padEnd(13)} ${cellText(cell).padEnd(22)} ${cell.why}${cell.flaws ? `\n${" ".repeat(21)}${cell.flaws.join("; ")}` : ""}`);
}
