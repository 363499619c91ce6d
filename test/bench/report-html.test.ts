import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { compileFunction } from "node:vm";
import { renderHtml } from "@sallyport/bench/report-html";
import type { Cell, Results } from "@sallyport/bench/results";
import { beforeAll, describe, expect, it } from "vitest";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert(1)">&'`;

let example: Results;
let page: string;
beforeAll(async () => {
  example = JSON.parse(await readFile(new URL("example-results.json", import.meta.url), "utf8")) as Results;
  page = renderHtml(example);
});

const matches = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? "");

describe("the benchmark's report", () => {
  it("has every cell in a table, figures and reasons", () => {
    const tables = matches(page, /(<table>[^]*?<\/table>)/g).join("\n");
    for (const cell of example.cells) {
      if (cell.state === "measured") expect(tables).toContain(`<td>${new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(cell.value)}</td>`);
      else expect(tables).toContain(`${cell.state}: ${cell.reason}`);
    }
    for (const { path, measured, verdict } of example.targets) {
      expect(tables).toContain(`>${path}</th>`);
      expect(tables).toContain(`<td class="words">${measured}</td>`);
      expect(tables).toContain(` ${verdict}</span>`);
    }
    for (const { mode, stops } of example.traits) expect(tables).toMatch(new RegExp(`>${mode}</th>.*${stops.replace(".", "\\.")}`));
  });

  it("draws what was measured and nothing else, with the raw MessagePort as the base", () => {
    const charts = JSON.parse(matches(page, /<script type="application\/json" id="data">([^]*?)<\/script>/g)[0] ?? "") as readonly { id: string; port?: number; bars: { label: string; value: number }[] }[];
    expect(charts.flatMap(({ bars }) => bars.map(({ value }) => value)).toSorted()).toEqual(example.cells.flatMap((cell) => (cell.state === "measured" ? [cell.value] : [])).toSorted());
    expect(charts[0]).toMatchObject({ id: "calls-1", port: 165_000 });
    for (const { id, bars } of charts.filter((chart) => chart.bars.length > 0)) expect(page, bars[0]?.label).toContain(`data-chart="${id}" role="img" aria-label="`);
  });

  it("draws no percentiles of a cell whose rounds disagree", () => {
    const [cell] = example.cells.filter(({ id }) => id === "worker/S/1");
    const { id, question, mode, baseline, what, pinned, unit, better } = cell as Cell;
    const percentiles = { p50: 1234.5, p90: 2, p99: 3, p999: 4 };
    const unsteady: Cell = { id, question, mode, baseline, what, pinned, unit, better, state: "unsteady", reason: "rounds differ", rounds: [1, 9], percentiles };
    expect(renderHtml({ ...example, cells: [unsteady] })).not.toContain("1234.5");
  });

  it("gives each chart its table", () => {
    const figures = matches(page, /<figure id="([^"]+)">/g);
    expect(figures.length).toBeGreaterThan(8);
    expect(new Set(figures).size).toBe(figures.length);
    expect(matches(page, /(<figure [^]*?<\/figure>)/g).every((figure) => figure.includes("<table>") && figure.includes("<canvas"))).toBe(true);
  });

  it("asks no other place for anything, and lets no script run but its own", () => {
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(page).not.toMatch(/sourceMappingURL|@import|url\(/);
    const policy = matches(page, /http-equiv="Content-Security-Policy" content="([^"]*)"/g)[0]?.replaceAll("&#39;", "'") ?? "";
    const scripts = matches(page, /<script(?: type="module")?>([^]*?)<\/script>/g);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) {
      expect(policy).toContain(`'sha256-${createHash("sha256").update(script).digest("base64")}'`);
      expect(() => compileFunction(script.replace(/^export \{\};$/m, ""))).not.toThrow();
    }
    expect(policy).toContain("default-src 'none'");
  });

  it("takes nothing in the results for markup", () => {
    const spoilt = (cell: Cell, index: number): Cell => ({ ...cell, mode: HOSTILE, what: `${HOSTILE}${index % 5}`, ...(cell.state === "measured" ? {} : { reason: HOSTILE }) });
    const hostile = renderHtml({
      ...example,
      command: HOSTILE,
      date: HOSTILE,
      machine: { ...example.machine, cpu: HOSTILE, system: HOSTILE },
      versions: { [HOSTILE]: HOSTILE },
      cells: example.cells.map(spoilt),
      traits: example.traits.map((traits) => ({ ...traits, mode: HOSTILE, stops: HOSTILE })),
      targets: example.targets.map((target) => ({ ...target, path: HOSTILE, target: HOSTILE, measured: HOSTILE })),
    });
    expect(hostile).not.toContain("<img");
    expect(hostile.match(/<\/?script/g)).toEqual(page.match(/<\/?script/g));
    expect(hostile).toContain("&#60;img src=x");
  });

  it("leaves out questions and targets that a run did not ask", () => {
    const small = renderHtml({ ...example, cells: example.cells.filter((cell) => cell.question === "start"), targets: [] });
    expect(matches(small, /<section id="([^"]+)">/g)).toEqual(["start", "contains"]);
    expect(matches(small, /<a href="#([^"]+)">/g)).toEqual(["start", "contains"]);
  });
});
