import type { JudgedTarget, ModeTraits, Results } from "../results.js";
import { html, type Html } from "./html.js";

const MARKS: Readonly<Record<JudgedTarget["verdict"], string>> = { met: "✓", "not met": "✗", unknown: "?" };

/** Where and how the figures were made. */
export function origin({ date, command, machine, versions, options, seconds }: Results): Html {
  const { system, cpu, cpus, usableCpus, memoryGib, load } = machine;
  const facts: readonly (readonly [string, string])[] = [
    ["command", command],
    ["made", `${date.slice(0, 16).replace("T", " ")} UTC, in ${Math.round(seconds)} s`],
    ["machine", `${cpu}, ${usableCpus} of ${cpus} CPUs usable, ${memoryGib} GiB, ${system}; load ${load} before the first cell`],
    ["versions", Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")],
    ["rounds", `${options.rounds}, each cell in a fresh process; rounds that differ by more than ${options.tolerancePercent} % are called unsteady, with no figure`],
    ...(options.quick ? [["quick", "fewer cells and shorter samples: expect wide margins"] as const] : []),
  ];
  return html`<dl class="origin">${facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
}

export function targetsSection(targets: readonly JudgedTarget[]): Html | undefined {
  if (targets.length === 0) return undefined;
  const count = (verdict: JudgedTarget["verdict"]): number => targets.filter((target) => target.verdict === verdict).length;
  const rows = targets.map(({ path, target, measured, verdict }) => html`<tr><th scope="row">${path}</th><td class="words">${target}</td><td class="words">${measured}</td><td class="words"><span class="verdict ${verdict.replace(" ", "-")}">${MARKS[verdict]} ${verdict}</span></td></tr>\n`);
  return html`<section id="targets"><h2>Targets</h2>
<p>${count("met")} met, ${count("not met")} not met, ${count("unknown")} unknown: a figure that they need is missing or unsteady.</p>
<div class="scroll" role="region" tabindex="0" aria-label="Table of targets"><table><thead><tr><th scope="col">path</th><th scope="col">target</th><th scope="col">measured</th><th scope="col">verdict</th></tr></thead><tbody>${rows}</tbody></table></div></section>
`;
}

/** Each mode's own traits: what a figure buys. */
export function containsSection(traits: readonly ModeTraits[]): Html {
  const rows = traits.map(({ mode, memory, crash, stop, authority, stops, costs }) => html`<tr><th scope="row">${mode}</th>${[memory, crash, stop, authority, stops, costs].map((text) => html`<td class="words">${text}</td>`)}</tr>\n`);
  const heads = ["mode", "memory", "a crash is", "a hang is ended", "authority", "stops", "costs"];
  return html`<section id="contains"><h2>What it contains</h2>
<p>A figure means little without what it buys. The stdio plugins are listed by their language: <code>python</code>, <code>c</code> and so on run in mode <code>stdio</code>.</p>
<div class="scroll" role="region" tabindex="0" aria-label="Table of what each mode contains"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></section>
`;
}
