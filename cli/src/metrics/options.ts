/** `metrics` of a config: files that are written again and again. */
export interface MetricsConfig {
  /** Text for a node exporter's textfile collector, a path that ends in `.prom`; the same as JSON stands beside it. Relative to the config's folder. */
  readonly file: string;
  /** Default 1000. */
  readonly everyMs?: number;
}

export const METRICS_EVERY_MS = 1000;

export function jsonBeside(file: string): string {
  return file.replace(/\.prom$/, ".json");
}
