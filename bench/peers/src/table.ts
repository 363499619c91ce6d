import Table from "cli-table3";
import { short } from "@sallyport/bench";
import type { Cell, Results } from "@sallyport/bench/results";
import { entryOf, REFERENCES } from "./contenders.js";
import { START } from "./reading.js";

/** A contender's cell by its key (`S/64`), or another's. */
type Find = (key: string, name?: string) => Cell | undefined;

interface Column {
  readonly head: string;
  text(find: Find): string;
}

const [PORT, OURS] = REFERENCES;

const COLUMNS: readonly Column[] = [
  figure("S, 1:\nµs", "S/1"),
  figure("on one\nCPU µs", "S/1/pinned"),
  ...compared("S, 64", "S/64"),
  ...compared("S, 1024", "S/1024"),
  ...compared("M, 64", "M/64"),
  figure("M, 1024:\n/s", "M/1024"),
  figure("start\nms", START),
];

export function renderTable({ machine, versions, options, seconds, cells }: Results): string {
  const { system, cpu, usableCpus, cpus, memoryGib, load } = machine;
  const names = [...new Set(cells.map(({ mode }) => mode))];
  return [
    `Node ${versions["node"] ?? ""}, ${system}; ${cpu}, ${usableCpus} of ${cpus} CPUs usable, ${memoryGib} GiB; load ${load} at the start${options.quick ? "; --quick: expect wide margins" : ""}`,
    "An echo of S, one order, and of M, forty; calls in flight. x port: above 1 is faster than a raw MessagePort in this run; worker is: how much faster Sallyport's worker mode is.",
    tableOf(names, cells),
    ...names.map((name) => `${name}${versionOf(name, versions)}: ${entryOf(name).how}`),
    ...notes(cells),
    `${Math.round(seconds)} s`,
  ].join("\n");
}

function tableOf(names: readonly string[], cells: readonly Cell[]): string {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const finds = names.map((name): Find => (key, other = name) => byId.get(`peers/${other}/${key}`));
  // What --quick leaves out, or nothing can be compared in.
  const columns = COLUMNS.filter((column) => finds.some((find) => column.text(find) !== ""));
  const table = new Table({ head: ["", ...columns.map(({ head }) => head)], colAligns: ["left", ...columns.map(() => "right" as const)], style: { head: [], border: [], compact: true } });
  for (const [row, find] of finds.entries()) table.push([names[row], ...columns.map((column) => column.text(find))]);
  return table.toString();
}

function figure(head: string, key: string): Column {
  return { head, text: (find) => valueOf(find(key)) };
}

function compared(title: string, key: string): readonly Column[] {
  return [
    figure(`${title}:\n/s`, key),
    { head: "x port", text: (find) => ratio(find(key), find(key, PORT), "") },
    { head: `${OURS}\nis`, text: (find) => ratio(find(key, OURS), find(key), " x") },
  ];
}

function valueOf(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  if (cell.state === "measured") return short(cell.value);
  return cell.state === "unsteady" ? cell.rounds.map(short).join("|") : "-";
}

/** Empty where there is nothing to compare, or a row with itself. */
function ratio(above: Cell | undefined, below: Cell | undefined, unit: string): string {
  if (above?.state !== "measured" || below?.state !== "measured") return "";
  return above === below && unit !== "" ? "" : `${short(above.value / below.value)}${unit}`;
}

function versionOf(name: string, versions: Results["versions"]): string {
  const version = versions[entryOf(name).packages[0] ?? ""];
  return version === undefined ? "" : ` ${version}`;
}

/** Why figures are missing; a reason that a whole contender shares is said once. */
function notes(cells: readonly Cell[]): readonly string[] {
  const said = new Map<string, string[]>();
  for (const { mode, what, ...cell } of cells) {
    if (cell.state === "measured" || cell.state === "unsteady") continue;
    const text = `${mode} ${cell.state}: ${cell.reason}`;
    said.set(text, [...(said.get(text) ?? []), what]);
  }
  const unsteady = cells.filter(({ state }) => state === "unsteady").length;
  return [...[...said].map(([text, whats]) => `- ${text} (${whats.join("; ")})`), ...(unsteady > 0 ? [`- ${unsteady} unsteady: the rounds, A|B, disagree, and no ratio is made of them`] : [])];
}
