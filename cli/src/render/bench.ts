import type { BenchReport } from "../bench/report.js";
import type { Colors } from "../terminal.js";
import { paragraph, renderAdvice } from "./advice.js";
import { renderError } from "./error.js";
import { renderFigures } from "./figures.js";
import { numberText, wrap } from "./text.js";
import { plainText } from "./value.js";

/** The figures, what is missing and why, then the advice. */
export function renderBench({ method, made, rows, failed, skipped, calls, advice }: BenchReport, hasPayload: boolean, colors: Colors): string {
  const bytes = rows[0]?.payloadBytes;
  const head = rows.length === 0 ? [] : [`${colors.bold(plainText(method))}, ${numberText(bytes ?? 0)} bytes of JSON as params, ${numberText(calls)} calls`, renderFigures(rows, colors)];
  const failures = failed.map(({ mode, error }) => `${colors.bold(mode)} ${renderError(error, colors)}`);
  const asks = failed.some(({ error }) => error.method !== undefined && error.crash === undefined) && !hasPayload ? [paragraph("payload", "The params were null. Name a file with what the method takes: --payload FILE.json", colors.yellow)] : [];
  const left = skipped.map(({ mode, reason }) => paragraph(mode, `not measured: ${reason}.`, colors.dim));
  const end = advice === undefined ? [] : ["", `Take mode ${renderAdvice(advice, colors)}`];
  return [...head, ...failures, ...asks, ...left, ...end, colors.dim(wrap(plainText(made), 80))].join("\n");
}
