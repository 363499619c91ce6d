import { QUESTIONS, type Question, type Results } from "../results.js";
import { readAssets } from "./assets.js";
import { chartOf } from "./charts.js";
import { figureSection } from "./figure-section.js";
import { figuresOf } from "./figures.js";
import { html, jsonBlock, trusted } from "./html.js";
import { containsSection, origin, targetsSection } from "./overview.js";

/** The results as one page that needs nothing but itself: charts, their tables, the targets and where it all comes from. */
export function renderHtml(results: Results): string {
  const { style, scripts, policy } = readAssets();
  const questions = (Object.keys(QUESTIONS) as readonly Question[])
    .map((question) => ({ question, title: QUESTIONS[question], figures: figuresOf(question, results.cells) }))
    .filter(({ figures }) => figures.length > 0);
  const links = [
    ...(results.targets.length > 0 ? [["targets", "Targets"]] : []),
    ...questions.map(({ question, title }) => [question, title]),
    ["contains", "What it contains"],
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Sallyport: what a call costs</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header>
<div class="top"><h1>Sallyport: what a call costs</h1><button type="button" id="theme" hidden>Dark</button></div>
${origin(results)}
<nav aria-label="Questions">${links.map(([id = "", title = ""]) => html`<a href="#${id}">${title}</a>`)}</nav>
<noscript><p>Without scripts there are no charts; every table is here.</p></noscript>
</header>
<main id="main">
${targetsSection(results.targets)}
${questions.map(({ question, title, figures }) => html`<section id="${question}"><h2>${title}</h2><div class="figures">${figures.map(figureSection)}</div></section>\n`)}
${containsSection(results.traits)}
</main>
<script type="application/json" id="data">${jsonBlock(questions.flatMap(({ figures }) => figures.map(chartOf)))}</script>
${scripts.map((script, i) => (i === 0 ? html`<script>${trusted(script)}</script>\n` : html`<script type="module">${trusted(script)}</script>\n`))}
</body>
</html>
`;
  return page.markup;
}
