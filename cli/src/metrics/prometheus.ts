/**
 * OpenMetrics as the older text that a node exporter's textfile collector reads: it takes no `stateset`, no `# UNIT` and
 * no `# EOF`, and wants a counter's `_total` in the name of its family.
 */
export function prometheusText(openMetrics: string): string {
  const kinds = new Map<string, string>();
  const out: string[] = [];
  for (const line of openMetrics.split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (TYPE|HELP|UNIT|EOF)(?: (\S+)(?: (.*))?)?$/.exec(line) ?? [];
    if (keyword === undefined) out.push(line);
    if (keyword === "TYPE") kinds.set(name, rest);
    const family = kinds.get(name) === "counter" ? `${name}_total` : name;
    if (keyword === "TYPE") out.push(`# TYPE ${family} ${rest === "stateset" ? "gauge" : rest}`);
    if (keyword === "HELP") out.push(`# HELP ${family} ${rest}`);
  }
  return out.join("\n");
}
