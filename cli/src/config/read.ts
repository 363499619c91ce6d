import { dirname, relative, resolve } from "node:path";
import { readJsonFile } from "@sallyport/manifest";
import { assertConfig, configProblems } from "./schema.js";
import type { HostConfig, LocatedSpec, ResolvedConfig } from "./types.js";

/**
 * Reads `sallyport.json`. Throws `not_found`; `permission_denied` for a file that others can write;
 * `invalid_argument` that lists every problem as `file:line:column: expected ..., got ...`.
 */
export async function readConfig(file: string, signal?: AbortSignal): Promise<ResolvedConfig> {
  const path = resolve(file);
  const shown = shortest(path);
  const json = await readJsonFile<HostConfig>(shown, { validate: configProblems, ...(signal && { signal }) });
  return resolved(json.value, dirname(path), shown, (name) => {
    const { line, column } = json.position(`/plugins/${name}`);
    return `${shown}:${line}:${column}`;
  });
}

/** Checks a config object; its relative paths start from `base`. Throws `invalid_argument` naming each wrong field. */
export function checkConfig(config: HostConfig, base: string): ResolvedConfig {
  assertConfig(config);
  return resolved(config, resolve(base), undefined, (name) => `plugins.${name}`);
}

/** Their paths start where those of the plugins do. */
function files({ audit, metrics }: HostConfig, base: string): Pick<ResolvedConfig, "audit" | "metrics"> {
  return {
    ...(audit && { audit: { ...audit, file: resolve(base, audit.file), ...(audit.keyFile !== undefined && { keyFile: resolve(base, audit.keyFile) }) } }),
    ...(metrics && { metrics: { ...metrics, file: resolve(base, metrics.file) } }),
  };
}

function resolved(config: HostConfig, base: string, file: string | undefined, where: (name: string) => string): ResolvedConfig {
  const plugins = Object.entries(config.plugins).map(([name, plugin]): LocatedSpec => {
    const settings = typeof plugin === "string" ? { path: plugin } : plugin;
    return { spec: { ...settings, name, base }, where: where(name) };
  });
  return {
    file,
    plugins,
    ...(config.timeoutMs !== undefined && { timeoutMs: config.timeoutMs }),
    ...(config.debug !== undefined && { debug: config.debug }),
    ...(config.secrets !== undefined && { secrets: config.secrets, base }),
    ...(config.secretGraceMs !== undefined && { secretGraceMs: config.secretGraceMs }),
    ...(config.interfaces !== undefined && { interfaces: config.interfaces }),
    ...files(config, base),
  };
}

/** Relative inside the working directory, absolute outside: what an editor's terminal makes clickable. */
function shortest(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
