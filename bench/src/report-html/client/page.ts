// Runs in the browser, inlined into the page: it may import types only.
import type { Chart as ChartClass, ChartConfiguration, ChartOptions, Plugin, Scale } from "chart.js";

declare const Chart: typeof ChartClass;

interface Bar { readonly label: string; readonly value: number; readonly low: number; readonly high: number; readonly text: string; readonly ratio: string; readonly baseline: boolean }
interface Spread { readonly label: string; readonly values: readonly number[] }
interface ChartData { readonly id: string; readonly unit: string; readonly better: "higher" | "lower"; readonly port?: number; readonly bars: readonly Bar[]; readonly percentiles: readonly Spread[] }
interface Palette { readonly ink: string; readonly quiet: string; readonly line: string; readonly good: string; readonly bad: string; readonly plain: string; readonly lines: readonly string[] }

/** Told apart without colour as well: each line has its own mark. */
const MARKS = ["circle", "rect", "triangle", "rectRot", "cross", "star", "crossRot", "dash"] as const;
const LINES = ["good", "bad", "met", "violet", "plain", "unmet", "teal", "unknown"] as const;
/** Width of the two columns of text to the right of the bars. */
const VALUE_PX = 48;
const RATIO_PX = 64;
/** A linear axis hides what is so many times smaller than its neighbour. */
const LOG_FROM_RATIO = 30;

/** The style's colours as a canvas understands them: resolved for light or dark. */
function palette(): Palette {
  const probe = document.body.appendChild(document.createElement("span"));
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = { ink: color("ink"), quiet: color("quiet"), line: color("line"), good: color("good"), bad: color("bad"), plain: color("plain"), lines: LINES.map(color) };
  probe.remove();
  return colors;
}

function compact(value: string | number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(Number(value));
}

function barColor({ port, better }: ChartData, bar: Bar, colors: Palette): string {
  if (bar.baseline) return colors.plain;
  if (port === undefined) return colors.good;
  return (better === "higher" ? bar.value >= port : bar.value <= port) ? colors.good : colors.bad;
}

function valueAxis({ bars, port, unit }: ChartData, colors: Palette, narrow: boolean): NonNullable<ChartOptions<"bar">["scales"]>[string] {
  const values = bars.map((bar) => bar.value);
  const least = Math.min(...values);
  const most = Math.max(...values, ...bars.map((bar) => bar.high));
  const isLog = port !== undefined || most > least * LOG_FROM_RATIO;
  const common = { grid: { color: colors.line }, border: { display: false }, title: { display: true, text: isLog ? `${unit}, logarithmic` : unit, color: colors.quiet } };
  const ticks = { color: colors.quiet, maxRotation: 0, autoSkipPadding: 16, maxTicksLimit: narrow ? 5 : 7, callback: compact };
  if (!isLog) return { type: "linear", beginAtZero: true, suggestedMax: most * 1.04, ...common, ticks };
  const [min, max] = [lowerStep(least / 1.3), upperStep(most * 1.3)];
  const marks = steps().filter((step) => step >= min && step <= max && (max / min < 200 || Number.isInteger(Math.log10(step))));
  return { type: "logarithmic", min, max, ...common, ticks, afterBuildTicks: (axis) => void (axis.ticks = marks.map((value) => ({ value }))) };
}

/** 1, 2, 5, 10, 20 … : what a logarithmic axis is marked with. */
function steps(): readonly number[] {
  return Array.from({ length: 20 }, (_, i) => i - 5).flatMap((exponent) => [1, 2, 5].map((digit) => Number(`${digit}e${exponent}`)));
}

function lowerStep(value: number): number {
  return steps().findLast((step) => step <= value) ?? value;
}

function upperStep(value: number): number {
  return steps().find((step) => step >= value) ?? value;
}

/** The margin of each bar, and in a column on the right its figures. */
function whiskers(data: ChartData, colors: Palette): Plugin<"bar"> {
  return {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      const x = scales["x"] as Scale;
      ctx.save();
      ctx.strokeStyle = colors.ink;
      ctx.fillStyle = colors.ink;
      ctx.lineWidth = 1.5;
      ctx.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach(({ y }, i) => {
        const bar = data.bars[i];
        if (bar === undefined) return;
        if (bar.high > bar.low) {
          const [from, to] = [x.getPixelForValue(bar.low), x.getPixelForValue(bar.high)];
          ctx.beginPath();
          ctx.moveTo(from, y);
          ctx.lineTo(to, y);
          for (const end of [from, to]) {
            ctx.moveTo(end, y - 5);
            ctx.lineTo(end, y + 5);
          }
          ctx.stroke();
        }
        ctx.textAlign = "right";
        ctx.fillText(bar.text, chartArea.right + VALUE_PX, y);
        ctx.textAlign = "left";
        ctx.fillText(bar.ratio, chartArea.right + VALUE_PX + 10, y);
      });
      if (data.port !== undefined) {
        const at = x.getPixelForValue(data.port);
        ctx.setLineDash([4, 3]);
        ctx.beginPath();
        ctx.moveTo(at, chartArea.top);
        ctx.lineTo(at, chartArea.bottom);
        ctx.stroke();
      }
      ctx.restore();
    },
  };
}

function barChart(data: ChartData, colors: Palette, narrow: boolean): ChartConfiguration<"bar"> {
  const hasRatios = data.bars.some((bar) => bar.ratio !== "");
  const values = data.bars.map((bar) => bar.value);
  return {
    type: "bar",
    data: {
      labels: data.bars.map((bar) => (bar.label.includes("\n") ? bar.label.split(narrow ? /\n|, / : "\n") : bar.label)),
      datasets: [{ data: values, ...(data.port !== undefined && { base: data.port }), backgroundColor: data.bars.map((bar) => barColor(data, bar, colors)), maxBarThickness: 16, minBarLength: 2 }],
    },
    options: {
      indexAxis: "y",
      animation: false,
      maintainAspectRatio: false,
      layout: { padding: { right: VALUE_PX + (hasRatios ? RATIO_PX : 0) } },
      scales: { x: valueAxis(data, colors, narrow), y: { grid: { display: false }, border: { display: false }, ticks: { color: colors.ink, autoSkip: false } } },
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: ({ dataIndex }) => `${data.bars[dataIndex]?.text ?? ""} ${data.bars[dataIndex]?.ratio ?? ""}` } } },
    },
    plugins: [whiskers(data, colors)],
  };
}

function spreadChart(data: ChartData, colors: Palette): ChartConfiguration<"line"> {
  return {
    type: "line",
    data: {
      labels: ["p50", "p90", "p99", "p99.9"],
      datasets: data.percentiles.map(({ label, values }, i) => {
        const color = colors.lines[i % colors.lines.length] ?? colors.ink;
        return { label, data: [...values], borderColor: color, backgroundColor: color, pointStyle: MARKS[i % MARKS.length] ?? "circle", pointRadius: 4, borderWidth: 2, borderDash: i < colors.lines.length ? [] : [6, 4] };
      }),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      scales: {
        x: { grid: { color: colors.line }, ticks: { color: colors.ink } },
        y: { type: "logarithmic", grid: { color: colors.line }, border: { display: false }, ticks: { color: colors.quiet, maxTicksLimit: 6, callback: compact }, title: { display: true, text: "µs, logarithmic", color: colors.quiet } },
      },
      plugins: { legend: { position: "bottom", labels: { color: colors.ink, usePointStyle: true, boxHeight: 5 } } },
    },
  };
}

function draw(all: readonly ChartData[]): readonly ChartClass[] {
  const colors = palette();
  Chart.defaults.font.family = "system-ui, sans-serif";
  const narrow = innerWidth < 640;
  Chart.defaults.font.size = narrow ? 11 : 12;
  const place = (id: string): HTMLCanvasElement | null => document.querySelector<HTMLCanvasElement>(`canvas[data-chart="${id}"]`);
  return all.flatMap((data) => {
    const bars = place(data.id);
    const spread = place(`${data.id}-spread`);
    return [...(bars === null ? [] : [new Chart(bars, barChart(data, colors, narrow))]), ...(spread === null ? [] : [new Chart(spread, spreadChart(data, colors))])] as ChartClass[];
  });
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

function start(): void {
  const all = JSON.parse(document.querySelector("#data")?.textContent ?? "[]") as readonly ChartData[];
  let charts = draw(all);
  const button = document.querySelector<HTMLButtonElement>("#theme");
  const redraw = (): void => {
    for (const chart of charts) chart.destroy();
    charts = draw(all);
    if (button !== null) button.textContent = isDark() ? "Light" : "Dark";
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("(max-width: 639px)").addEventListener("change", redraw);
  if (button === null) return;
  button.hidden = false;
  button.textContent = isDark() ? "Light" : "Dark";
  button.addEventListener("click", () => {
    document.documentElement.dataset["theme"] = isDark() ? "light" : "dark";
    redraw();
  });
}

start();
