import { QUESTIONS, type Cell, type Question, type Results } from "../results.js";
import { short } from "./numbers.js";
import { figure } from "./tables.js";

/** The generated part of bench/README.md. */
export function resultsSection(results: Results): string {
  return [
    ...machineLines(results), "",
    "### Targets", "",
    targets(results), "",
    ...(Object.keys(QUESTIONS) as Question[]).flatMap((question) => group(QUESTIONS[question], results.cells.filter((cell) => cell.question === question))),
  ].join("\n").trimEnd();
}

/** The generated part of the root README: the targets and where they were measured. */
export function shortSection(results: Results): string {
  return [targets(results), "", ...machineLines(results)].join("\n");
}

function machineLines({ date, command, machine, versions, seconds }: Results): readonly string[] {
  const { system, cpu, usableCpus, cpus, memoryGib, load } = machine;
  return [`Measured on ${date.slice(0, 10)} by \`${command}\` in ${Math.round(seconds)} s: Node ${versions["node"]}, ${system}, ${cpu}, ${usableCpus} of ${cpus} CPUs, ${memoryGib} GiB, load ${load} at the start.`];
}

function targets({ targets: judged }: Results): string {
  return table(["path", "target", "measured", "met?"], judged.map(({ path, target, measured, verdict }) => [path, target, measured, verdict]));
}

function group(title: string, cells: readonly Cell[]): readonly string[] {
  if (cells.length === 0) return [];
  const heads = [...new Set(cells.map(headOf))];
  const modes = [...new Set(cells.map(({ mode }) => mode))];
  const at = (mode: string, head: string): string => {
    const cell = cells.find((each) => each.mode === mode && headOf(each) === head);
    return cell === undefined ? "" : figure(cell) + percentiles(cell);
  };
  return [`### ${title}`, "", table(["", ...heads], modes.map((mode) => [mode, ...heads.map((head) => at(mode, head))])), ""];
}

function headOf({ what, unit }: Cell): string {
  return `${what}; ${unit}`;
}

function percentiles(cell: Cell): string {
  if (cell.question !== "latency" || !("percentiles" in cell) || cell.percentiles === undefined) return "";
  return `; p50 ${short(cell.percentiles.p50)}, p99 ${short(cell.percentiles.p99)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
