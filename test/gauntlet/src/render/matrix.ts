import { OUTCOMES, type Case, type Cell, type Column } from "../case.js";
import { portOf } from "../ports/index.js";
import type { Saved } from "../saved.js";
import { cellText, duration } from "./cell-text.js";
import { plain } from "./plain.js";

/** The generated part of SECURITY.md: what the attacks came to, in every mode. */
export function matrix({ made, columns, cells }: Saved, cases: readonly Case[]): string {
  const find = cellFinder(cells);
  return [
    `${cases.length} attacks, ${cells.filter(({ state }) => state === "measured").length} cells, measured on ${made.date} by \`${made.command}\` in ${made.seconds} s: ${made.where}.`,
    summary(columns, cases, find),
    LEGEND,
    ...tables(cases.filter(({ kind }) => kind !== "port"), columns.filter(({ mode }) => portOf(mode) === undefined), find),
    "#### The same attacks in the other modes",
    "Written in what each of them runs: C for `wasm`, `wasi` and `ffi`, Lua, Python for `oneshot`, JavaScript for `grpc` and `go-plugin`. The number is that of the attack above.",
    ...tables(cases, columns.filter(({ mode }) => portOf(mode) !== undefined), find),
    "#### What got through or ended the host",
    `Not counting ${columns.filter(({ inside }) => inside).map(({ id }) => `\`${id}\``).join(" and ")}, part of the host, which keeps nothing from it.`,
    exceptions(columns, cases, find),
    ...flaws(cells, columns),
    ...skipped(cells, columns),
  ].join("\n\n");
}

const LEGEND = [
  "- *call fails*: the call fails, or comes to nothing; the same instance answers afterwards.",
  "- *dies*: the instance ends, with the time from the start of the attack until the plugin answered again or was reported down. A deadline of 0.8 s or more and a grace of 0.4 s are part of it where a hang has to be found out.",
  "- **gets through**: the plugin had, or left behind, what it should not. **host dies**: the host ended or hung.",
  "- `–`: not applicable. In `inline`: trusted code has the host's rights. In `process` and `worker`: a hardened guest has no files, processes, sockets or bytes of its own to do it with. In `stdio`: there is no Compartment to leave. In `stdio+strict`: as without a sandbox, which changes nothing of what a program says. In the other modes: nothing there to do it with, or the same as in the mode beside it.",
  "- `*`: with a flaw, listed below.",
].join("\n");

type Find = (one: Case, column: Column) => Cell | undefined;

function cellFinder(cells: readonly Cell[]): Find {
  const byKey = new Map(cells.map((cell) => [`${cell.case} ${cell.column}`, cell]));
  return (one, column) => byKey.get(`${one.id} ${column.id}`);
}

function summary(columns: readonly Column[], cases: readonly Case[], find: Find): string {
  const rows = columns.map((column) => {
    const all = cases.flatMap((one) => find(one, column) ?? []);
    const measured = all.filter(({ state }) => state === "measured");
    const most = (pick: (cell: Cell) => number | undefined): string => duration(Math.max(0, ...measured.filter(({ outcome }) => outcome !== "host dies").map((cell) => pick(cell) ?? 0)));
    const skipped = all.filter(({ state }) => state === "skipped").length;
    return [`\`${column.id}\``, ...OUTCOMES.map((outcome) => String(measured.filter((cell) => cell.outcome === outcome).length)), String(cases.length - measured.length - skipped), String(skipped), most((cell) => cell.recoveryMs), most((cell) => cell.innocentMs), most((cell) => cell.loopMs)];
  });
  return grid(["mode", "call fails", "instance dies", "gets through", "host dies", "not applicable", "skipped", "slowest recovery", "slowest answer of another plugin", "longest hold of the host's loop"], rows);
}

/** A table for each group; attacks that none of the columns has are left out. */
function tables(cases: readonly Case[], columns: readonly Column[], find: Find): readonly string[] {
  const tried = cases.filter((one) => columns.some((column) => find(one, column) !== undefined));
  return groupsOf(tried).map((group) => table(group, tried.filter((one) => one.group === group), columns, find));
}

function table(group: string, cases: readonly Case[], columns: readonly Column[], find: Find): string {
  const rows = cases.map((one) => [one.id, plain(one.title), ...columns.map((column) => {
    const cell = find(one, column);
    return cell === undefined ? "–" : cellText(cell);
  })]);
  return grid(["", group, ...columns.map(({ id }) => `\`${id}\``)], rows);
}

function exceptions(columns: readonly Column[], cases: readonly Case[], find: Find): string {
  const bad = (cell: Cell | undefined): boolean => cell?.outcome === "gets through" || cell?.outcome === "host dies";
  const rows = columns.filter(({ inside }) => inside !== true).flatMap((column) => cases.flatMap((one) => {
    const cell = find(one, column);
    if (cell === undefined || !bad(cell)) return [];
    const contained = columns.filter((other) => other.id !== column.id && find(one, other)?.state === "measured" && !bad(find(one, other))).map(({ id }) => `\`${id}\``);
    return [[`\`${column.id}\``, `${one.id} ${plain(one.title)}`, plain(cell.why).slice(0, 140), contained.join(", ") || (one.kind === "program" ? "`process`: not possible there" : "no mode here")]];
  }));
  return rows.length === 0 ? "Nothing did." : grid(["mode", "attack", "what happened", "contained by"], rows);
}

function flaws(cells: readonly Cell[], columns: readonly Column[]): readonly string[] {
  const rows = cells.flatMap(({ case: id, column, flaws: all = [] }) => all.map((flaw) => [id, `\`${column}\``, plain(flaw)])).filter(([, column]) => columns.some(({ id }) => `\`${id}\`` === column));
  return rows.length === 0 ? [] : ["#### Flaws", grid(["attack", "mode", "what should have been better"], rows)];
}

function skipped(cells: readonly Cell[], columns: readonly Column[]): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { state, column, why } of cells) if (state === "skipped") reasons.set(`\`${column}\`: ${plain(why)}`, (reasons.get(`\`${column}\`: ${plain(why)}`) ?? 0) + 1);
  void columns;
  return reasons.size === 0 ? [] : ["#### Skipped on that machine", [...reasons].map(([reason, count]) => `- ${count} x ${reason}`).join("\n")];
}

function groupsOf(cases: readonly Case[]): readonly string[] {
  return [...new Set(cases.map(({ group }) => group))];
}

export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
