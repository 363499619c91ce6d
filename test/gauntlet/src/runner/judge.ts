import type { Case, Cell, Column, Outcome } from "../case.js";
import type { Report } from "../host/job.js";

/** How a host ended, and what it said before. */
export interface Ended {
  /** How long a process that nobody attacks was held up meanwhile, ms. */
  readonly machineMs: number;
  readonly report: Report | undefined;
  /** The host's own fault: the run says nothing about the attack. */
  readonly failed: string | undefined;
  readonly exit: string;
  readonly hangs: boolean;
  /** By the runner, as the case wants it. */
  readonly killed: boolean;
  readonly phase: string;
  readonly errors: string;
  readonly diedMs: number;
  /** What still ran after it. */
  readonly survivors: readonly string[];
}

/** Another plugin answers within so long, whatever goes on; and so long at most the host's loop is held up. */
const BOUND_MS = 250;
/** On a machine that holds up everybody, a plugin with a hop or two may wait for so many times as long. */
const BUSY = 3;
const UNLOAD_MS = 6500;
const STARTS = 20;

/** Refused before anything of the plugin ran. */
const REFUSED: ReadonlySet<string> = new Set(["invalid_argument", "not_found", "permission_denied", "spawn_failed", "sandbox_unavailable"]);

export function judge(one: Case, column: Column, ended: Ended): Cell {
  const cell = { case: one.id, column: column.id, state: "measured" as const };
  if (ended.failed !== undefined) {
    const skipped = /sandbox_unavailable|sandbox/.test(ended.failed) ? "skipped" as const : "measured" as const;
    if (skipped === "skipped") return { ...cell, state: skipped, why: firstLine(ended.failed) };
    return { ...cell, outcome: "host dies", why: `the run failed: ${firstLine(ended.failed)}` };
  }
  if (ended.killed) {
    const alone = ended.survivors.length === 0;
    return { ...cell, outcome: alone ? "instance dies" : "gets through", why: alone ? "everything ended with the host" : `outlives the host: ${ended.survivors.length} processes` };
  }
  if (ended.report === undefined) {
    const how = ended.hangs ? `the host hangs (${ended.phase})` : `the host ends by ${ended.exit}${fatal(ended.errors)}`;
    return { ...cell, outcome: "host dies", why: how, recoveryMs: Math.round(ended.diedMs) };
  }
  return { ...cell, ...measured(one, ended.report, ended) };
}

function measured(one: Case, report: Report, { survivors, machineMs }: Ended): Omit<Cell, "case" | "column" | "state"> {
  const worst = (pick: (innocent: Report["innocents"][number]) => number): number => Math.round(Math.max(0, ...report.innocents.map(pick)));
  const flaws = flawsOf(one, report, machineMs);
  const got = survivors.length > 0 ? [...report.got, `leaves ${survivors.length} processes behind`] : report.got;
  const [outcome, why] = outcomeOf(report, got);
  return {
    outcome, why, recoveryMs: Math.round(report.recoveryMs), innocentMs: worst((innocent) => innocent.worstMs), idleMs: worst((innocent) => innocent.idleMs), loopMs: Math.round(report.loopMs),
    ...(flaws.length > 0 && { flaws }),
  };
}

function outcomeOf(report: Report, got: readonly string[]): readonly [Outcome, string] {
  const { load, call, ends } = report;
  if (got.length > 0) return ["gets through", got.join("; ").slice(0, 300)];
  if (load !== undefined) return [REFUSED.has(load.code) ? "call fails" : "instance dies", load.code];
  const told = call?.code ?? ends[0] ?? "nothing came of it";
  return report.sameInstance ? ["call fails", call?.code ?? "nothing came of it"] : ["instance dies", ends[0] ?? told];
}

function flawsOf(one: Case, report: Report, machineMs: number): readonly string[] {
  const flaws: string[] = [];
  const { load, call } = report;
  for (const { mode, worstMs, idleMs, failed } of report.innocents) {
    if (worstMs > BOUND_MS + Math.max(idleMs, BUSY * machineMs)) flaws.push(`another plugin (${mode}) waited ${Math.round(worstMs)} ms (${Math.round(idleMs)} ms in peace, the machine ${Math.round(machineMs)} ms)`);
    if (failed.length > 0) flaws.push(`another plugin's call failed: ${failed.join(", ")}`);
  }
  if (report.loopMs > BOUND_MS + Math.max(report.loopIdleMs, BUSY * machineMs)) flaws.push(`the host's loop was held up for ${Math.round(report.loopMs)} ms (the machine ${Math.round(machineMs)} ms)`);
  if (report.recovered === "silent") flaws.push("neither answers nor is reported down");
  if (report.left.length > 0) flaws.push(`leaves ${report.left.join(", ")}`);
  if (report.unloadMs > UNLOAD_MS) flaws.push(`its unload took ${Math.round(report.unloadMs)} ms`);
  if (report.starts > STARTS) flaws.push(`was started ${report.starts} times`);
  if (load === undefined && !report.sameInstance && report.ends.length === 0 && one.drive !== "unload") flaws.push("no event tells of its end");
  for (const error of [load, call]) {
    if (error === undefined) continue;
    // A plugin's own code comes with what help its author gave it.
    if (error.code === "" || (error.help === "" && !error.code.includes("."))) flaws.push(`an error without ${error.code === "" ? "a code" : "a remedy"}: ${error.message.slice(0, 80)}`);
    else if (error.plugin === undefined && load === undefined) flaws.push(`${error.code} does not name the plugin`);
  }
  return flaws;
}

function fatal(errors: string): string {
  const line = errors.split("\n").find((text) => /FATAL|Error(?: \[\w+\])?:/.test(text)) ?? errors.trim().split("\n").at(-1);
  return line === undefined || line === "" ? "" : `: ${line.replaceAll(/0x[0-9a-f]+|\d+: /g, "").replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 100)}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0]?.slice(0, 200) ?? "";
}
