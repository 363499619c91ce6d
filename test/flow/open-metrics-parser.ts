/** One sample line of an exposition. */
export interface Sample { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }
export interface Family { readonly name: string; type: string; unit: string; help: string; readonly samples: Sample[] }

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const NUMBER = /^(?:[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\+Inf|-Inf|NaN)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"], gauge: [""], histogram: ["_bucket", "_count", "_sum", "_created"], summary: ["", "_count", "_sum", "_created"], stateset: [""], info: ["_info"], unknown: [""],
};

/**
 * Reads OpenMetrics 1.0 text as strictly as the specification's ABNF and its rules for each type are written; throws at the first
 * line that breaks one. Written from the specification alone, so that the writer is judged by somebody else's words.
 */
export function parseOpenMetrics(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line does not end");
  if (lines.pop() !== "# EOF") throw new Error("there is no # EOF at the end");
  let current: Family | undefined;
  for (const line of lines) {
    const fail = (what: string): Error => new Error(`${what}: ${line}`);
    const meta = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
    if (line.startsWith("#")) {
      const [, kind = "", name = "", rest = ""] = meta ?? [];
      if (meta === null || !NAME.test(name)) throw fail("not a line of metadata");
      if (current?.name !== name) {
        if (families.has(name)) throw fail("a family comes twice");
        current = { name, type: "", unit: "", help: "", samples: [] };
        families.set(name, current);
      }
      if (current.samples.length > 0) throw fail("metadata after samples");
      const key = kind.toLowerCase() as "type" | "unit" | "help";
      if (current[key] !== "") throw fail(`${kind} comes twice`);
      if (key === "type" && !Object.hasOwn(SUFFIXES, rest)) throw fail("no such type");
      if (key === "unit" && !name.endsWith(`_${rest}`)) throw fail("the name does not end in its unit");
      if (key === "help" && /(^|[^\\])(\\\\)*\\([^\\"n]|$)/.test(rest)) throw fail("a wrong escape");
      current[key] = rest;
      continue;
    }
    const sample = readSample(line, fail);
    if (current === undefined || !(SUFFIXES[current.type] ?? []).some((suffix) => sample.name === current?.name + suffix)) throw fail("a sample outside its family");
    current.samples.push(sample);
  }
  for (const family of families.values()) check(family);
  return families;
}

function readSample(line: string, fail: (what: string) => Error): Sample {
  const [, name = "", braces = "", value = ""] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!NAME.test(name)) throw fail("not a sample");
  if (!NUMBER.test(value)) throw fail("not a number");
  const labels: Record<string, string> = {};
  for (let rest = braces; rest !== ""; ) {
    const [all = "", key = "", text = ""] = LABEL.exec(rest) ?? [];
    if (all === "") throw fail("not a label");
    if (Object.hasOwn(labels, key)) throw fail("a label comes twice");
    labels[key] = text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
    rest = rest.slice(all.length);
  }
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function check({ name, type, samples }: Family): void {
  const fail = (what: string): Error => new Error(`${name}: ${what}`);
  if (type === "") throw fail("has no type");
  const seen = new Set<string>();
  for (const { name: full, labels } of samples) {
    const key = full + JSON.stringify(Object.entries(labels).toSorted());
    if (seen.has(key)) throw fail(`the sample ${key} comes twice`);
    seen.add(key);
  }
  if (type === "counter" && samples.some(({ value }) => !(value >= 0))) throw fail("a counter below 0");
  if (type === "stateset" && samples.some(({ labels, value }) => (value !== 0 && value !== 1) || !Object.hasOwn(labels, name))) throw fail("a state that is none");
  if (type === "summary" && samples.some(({ name: full, labels }) => full === name && !(Number(labels["quantile"]) >= 0 && Number(labels["quantile"]) <= 1))) throw fail("a quantile that is none");
  if (type === "histogram") checkHistogram(name, samples, fail);
}

function checkHistogram(name: string, samples: readonly Sample[], fail: (what: string) => Error): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _le, ...others } = sample.labels;
    const key = JSON.stringify(others);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [labels, points] of series) {
    const buckets = points.filter((point) => point.name === `${name}_bucket`);
    const borders = buckets.map((bucket) => Number((bucket.labels["le"] ?? "").replace("Inf", "Infinity")));
    if (borders.at(-1) !== Infinity) throw fail(`${labels} has no bucket +Inf at the end`);
    if (borders.some((border, i) => !(border > (borders[i - 1] ?? -Infinity)))) throw fail(`${labels} has borders that do not grow`);
    if (buckets.some(({ value }, i) => value < (buckets[i - 1]?.value ?? 0))) throw fail(`${labels} has buckets that shrink`);
    if (points.find((point) => point.name === `${name}_count`)?.value !== buckets.at(-1)?.value) throw fail(`${labels} has a count that is not its last bucket`);
    if (points.find((point) => point.name === `${name}_sum`) === undefined) throw fail(`${labels} has no sum`);
  }
}
