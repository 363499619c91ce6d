import type { Cell } from "../results.js";
import { chartOf } from "./charts.js";
import type { Figure } from "./figures.js";
import { html, type Html } from "./html.js";
import { percent, short, times, unitText } from "./numbers.js";

/** A chart, in words what it could not show, and its table. */
export function figureSection(figure: Figure): Html {
  const { id, title, unit, better, rows, port } = figure;
  const { bars, percentiles } = chartOf(figure);
  const direction = `${unitText(unit)}; ${better} is better`;
  const base = port === undefined ? undefined : html` Bars start at the raw MessagePort, and × is the ratio to it; blue is better than it, orange worse, grey a baseline.`;
  return html`<figure id="${id}">
<figcaption><h3>${title}</h3><p class="hint">${direction}.${base}</p></figcaption>
${bars.length > 0 ? canvas(id, bars.reduce((lines, { label }) => lines + label.split("\n").length, 0), `${title}: a bar for each mode, ${direction}; the table below has the same figures`) : undefined}
${percentiles.length > 0 ? [html`<p class="hint">How the single calls spread, µs; of the baselines the raw MessagePort.</p>`, canvas(`${id}-spread`, 9, `${title}: p50 to p99.9 of single calls in µs; the table below has the same figures`)] : undefined}
${missing(rows.map((row) => row.cell))}
<details><summary>Table<span class="hidden"> of ${title}</span></summary>${table(figure)}</details>
</figure>
`;
}

function canvas(id: string, lines: number, label: string): Html {
  return html`<div class="chart" style="height:${lines * 24 + 68}px"><canvas data-chart="${id}" role="img" aria-label="${label}"></canvas></div>`;
}

function missing(cells: readonly Cell[]): Html | undefined {
  const words = cells.flatMap((cell) => (cell.state === "measured" ? [] : [html`<li><b>${cell.mode}</b> <span class="state ${cell.state}">${cell.state}</span> ${cell.reason}</li>`]));
  return words.length === 0 ? undefined : html`<ul class="missing">${words}</ul>`;
}

function table({ title, unit, rows }: Figure): Html {
  const spread = rows.some(({ cell }) => cell.state === "measured" && cell.percentiles !== undefined);
  const heads = ["mode", unitText(unit), "margin", "× port", "rounds", ...(spread ? ["p50 µs", "p90 µs", "p99 µs", "p99.9 µs"] : [])];
  const body = rows.map(({ label, cell }) => html`<tr><th scope="row">${label.replace("\n", ": ")}${cell.baseline ? html` <small>baseline</small>` : undefined}</th>${values(cell, spread)}</tr>\n`);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Table of ${title}"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function values(cell: Cell, spread: boolean): Html {
  if (cell.state !== "measured") return html`<td colspan="${spread ? 8 : 4}" class="words">${cell.state}: ${cell.reason}</td>`;
  const { value, marginPercent, ratioToPort, rounds, percentiles: p } = cell;
  const texts = [
    short(value),
    marginPercent === undefined ? "–" : percent(marginPercent),
    ratioToPort === undefined ? "–" : times(ratioToPort),
    rounds.map(short).join(" · "),
    ...(spread ? [p?.p50, p?.p90, p?.p99, p?.p999].map((each) => (each === undefined ? "–" : short(each))) : []),
  ];
  return html`${texts.map((text) => html`<td>${text}</td>`)}`;
}
