// Writes the generated parts of README.md: the table of modes, from the traits that the adapters declare, and what was measured of
// them: figures of bench/results.json and outcomes of test/gauntlet/containment.json. `--check` changes nothing and fails when a part is
// not up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { OUTCOMES, readSaved } from "@sallyport/gauntlet";
import { allModes } from "sallyport";

const root = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const adapters = allModes();
await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));

/** Two modes may share a folder; its README begins with what it is about. */
function readmeOf(mode) {
  const folders = readdirSync(new URL("adapters/", root)).filter((name) => existsSync(new URL(`adapters/${name}/README.md`, root)));
  const found = folders.includes(mode) ? mode : folders.find((name) => read(`adapters/${name}/README.md`).slice(0, 1000).includes(`\`${mode}\``));
  return found === undefined ? undefined : `adapters/${found}/README.md`;
}

// A test says which mode has none.
const link = (mode) => (readmeOf(mode) === undefined ? `\`${mode}\`` : `[\`${mode}\`](${readmeOf(mode)})`);

function table(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const CODES = { separate: "its own", shared: "the host's" };

function modes() {
  const head = ["mode", "runs", "fit for", "memory", "a crash is", "a hang is ended", "authority", "stops", "costs"];
  return table(head, adapters.map(({ mode, entries, trust, traits }) => [link(mode), entries.join(", "), trust, CODES[traits.memory], traits.crash, traits.stop, traits.authority, traits.stops, traits.costs]));
}

/** Numbers of one cell, with two digits: its value, or from where to where its rounds are apart. */
const NONE = "–";
const number = (value) => Number(value.toPrecision(2)).toLocaleString("en-US");
function figure(cell, text) {
  if (cell?.state === "measured") return text(Math.max(0, cell.value));
  if (cell?.state === "unsteady" && cell.rounds.length > 0) return `${text(Math.min(...cell.rounds))} to ${text(Math.max(...cell.rounds))}`;
  return NONE;
}
const ms = (value) => `${number(value)} ms`;
const us = (value) => (value < 1000 ? `${number(value)} µs` : ms(value / 1000));

function attacks(saved, mode) {
  const columns = saved.columns.filter((column) => column.mode === mode);
  return columns.map(({ id }) => {
    const cells = saved.cells.filter(({ column, state }) => column === id && state === "measured");
    const count = (...outcomes) => String(cells.filter(({ outcome }) => outcomes.includes(outcome)).length);
    return [id, cells.length === 0 ? [NONE, NONE, NONE, NONE] : [String(cells.length), count(OUTCOMES[0], OUTCOMES[1]), count(OUTCOMES[2]), count(OUTCOMES[3])]];
  });
}

function measured() {
  const { cells, command, date, machine, versions } = JSON.parse(read("bench/results.json"));
  const saved = readSaved();
  const head = ["mode", "start", "a call alone", "calls/s, 64 in flight", "memory", "attacks", "contained", "got through", "host died"];
  const lines = adapters.flatMap(({ mode }) => {
    // Of the languages in a mode, the benchmark's names are their own.
    const name = cells.some((cell) => cell.mode === mode) ? mode : mode === "stdio" ? "c" : undefined;
    const cell = (...ids) => ids.map((id) => cells.find((each) => each.id === `${name}/${id}`)).find((each) => each !== undefined);
    const speed = [figure(cell("start/spare", "start/again"), ms), figure(cell("S/1"), us), figure(cell("S/64"), number), figure(cell("memory/private"), (value) => `${number(value)} MiB`)];
    const columns = attacks(saved, mode);
    if (columns.length === 0) return [[`\`${mode}\``, ...speed, NONE, NONE, NONE, NONE]];
    return columns.map(([id, counts], i) => [`\`${id}\``, ...(i === 0 ? speed : ["", "", "", ""]), ...counts]);
  });
  return [
    table(head, lines), "",
    `Orders of about 110 bytes, to a plugin that echoes them; of \`stdio\` the one in C. A start is from \`load\` to the first answer, from a spare where the mode keeps one. Two figures: rounds that disagreed. \`${NONE}\`: not measured. Speed: \`${command}\`, ${date.slice(0, 10)}, Node ${versions.node}, ${machine.cpu}, ${machine.usableCpus} CPUs. Attacks: the matrix in [SECURITY.md](SECURITY.md), ${saved.made.date}; each mode meets those that can be written in what it runs. Contained: the call failed or the instance died.`,
  ].join("\n");
}

/** The part of `text` between its marks, made anew. */
function fill(text, mark, part) {
  const marked = new RegExp(`(<!-- ${mark}:begin -->\n)[\\s\\S]*?(<!-- ${mark}:end -->)`);
  if (!marked.test(text)) throw new Error(`README.md has no <!-- ${mark}:begin --> and <!-- ${mark}:end -->`);
  return text.replace(marked, (_all, begin, end) => `${begin}${part}\n${end}`);
}

const text = read("README.md");
const next = fill(fill(text, "modes", modes()), "measured", measured());
if (next !== text && process.argv.includes("--check")) {
  console.error("README.md: the tables of modes are not what the adapters' traits and the saved figures say; run `npm run docs`.");
  process.exit(1);
}
if (next !== text) writeFileSync(new URL("README.md", root), next);
