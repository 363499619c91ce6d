import type { CaseResult, ConformanceReport } from "./run.js";

const MARKS = { passed: "pass", waived: "waived", failed: "FAIL" } as const;

/** A report as plain text: a line a case, transcripts under failures, the counts last. */
export function formatReport(report: ConformanceReport): string {
  const width = Math.max(...report.cases.map((result) => result.id.length));
  return [
    `conformance of ${report.plugin} in mode ${report.mode}`,
    ...report.cases.flatMap((result) => formatCase(result, width)),
    `${report.passed} passed, ${report.waived} waived, ${report.failed} failed`,
  ].join("\n");
}

function formatCase(result: CaseResult, width: number): string[] {
  const reason = result.reason === undefined ? "" : `  (${result.reason})`;
  return [`  ${MARKS[result.outcome].padEnd(6)}  ${result.id.padEnd(width)}  ${result.title}${reason}`, ...(result.transcript ?? []).map((line) => `            ${line}`)];
}
